//! The page of the lineage panel: draws the graph, grows it step by step, is walked through by mouse and keyboard.
//!
//! Arrows go to neighbours, and show them where none is shown; Enter goes to the file, and on a column it shows the column's
//! lineage. The rest is in the README.

import { type Layout, layout } from "../graph_layout.ts";
import {
    type ColumnRows,
    columnEdges,
    columnKey,
    columnNeighbours,
    columnRows,
    doubt,
    folded,
    NO_COLUMNS,
    sameColumn,
    traceSummary,
    unfolded,
} from "../lineage_columns.ts";
import {
    collapsed,
    type Direction,
    edges,
    expanded,
    follow,
    type Graph,
    hidden,
    joined,
    relatives,
    selected,
    shown,
} from "../lineage_graph.ts";
import { type FromPage, lineageSummary, type ToPage } from "../lineage_messages.ts";
import type { ColumnLineage, ColumnName, LineageEdge, LineageNode } from "../protocol.ts";
import { columnEdge, drawNode, hasColumns, nodeEdge, nodeHeight, rowMiddle } from "./lineage_drawing.ts";
import { connect, element, made } from "./page.ts";

const SIZE = { width: 240, gapX: 64, gapY: 8 };
const MARGIN = 24;
const ZOOM = { least: 0.2, most: 2, step: 1.2 };

const editor = connect<FromPage>();
const scroll = element("scroll");
const canvas = element("canvas");
const nodesElement = element("nodes");
const edgesElement = element("edges");
/** Of the nodes that are shown. */
const elements = new Map<string, HTMLElement>();
let graph: Graph | undefined;
let columns = NO_COLUMNS;
/** The column of the selected node that the keyboard acts on; none: the node itself. */
let selectedColumn: ColumnName | undefined;
/** A node whose columns have been asked for in order to go to the first of them. */
let entering: string | undefined;
let drawn: Layout | undefined;
let zoom = 1;

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
    switch (data.kind) {
        case "at":
            at(data);
            break;
        case "columns":
            columns = unfolded(columns, data.id, data.columns);
            redraw();
            if (entering === data.id) {
                entering = undefined;
                unfold(data.id, true);
            }
            break;
        case "trace":
            trace(data.trace, data.nodes);
            break;
        case "more":
            if (graph?.visible.has(data.id)) {
                update(expanded(graph, data.id, data.direction, data.lineage));
            }
            break;
        case "nothing":
            graph = undefined;
            columns = NO_COLUMNS;
            selectedColumn = undefined;
            elements.clear();
            element("summary").textContent = data.message;
            nodesElement.replaceChildren();
            edgesElement.replaceChildren();
            break;
    }
});

/** While the user walks through the graph, the cursor in the file stays behind, and does not fetch the selection back. */
function at({ lineage, anew, column, edited }: ToPage & { kind: "at" }): void {
    const next = follow(anew ? undefined : graph, lineage);
    const isWalking = document.hasFocus() && graph?.focus === next.focus;
    const before = columns;
    columns = { ...columns, cursor: column };
    if (!isWalking) {
        selectedColumn = undefined;
    }
    update(isWalking && graph ? selected(next, graph.selected) : next);
    if (edited) {
        askAgain(before.trace?.focus);
    }
    if (column && !isWalking && !sameColumn(before.cursor, column)) {
        nodesElement.querySelector(".column.cursor")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
}

/** What was said of columns may have been edited away. */
function askAgain(traced: ColumnName | undefined): void {
    for (const id of columns.open.keys()) {
        editor.postMessage({ kind: "columns", id });
    }
    if (traced) {
        editor.postMessage({ kind: "trace", column: traced });
    }
}

function trace(lineage: ColumnLineage, nodes: readonly LineageNode[]): void {
    columns = { ...columns, trace: lineage };
    if (graph) {
        update(joined(graph, nodes));
    }
}

function untrace(): void {
    columns = { ...columns, trace: undefined };
    selectedColumn = undefined;
    redraw();
    focusSelected();
}

/** Columns come and go: the graph is the same, its boxes are not. */
function redraw(): void {
    if (graph) {
        update(graph);
    }
}

/** Shows another state of the graph; what is selected stays where it is on the screen, if it was there. */
function update(next: Graph): void {
    const isOther = graph?.focus !== next.focus;
    const before = isOther ? undefined : placeOf(next.selected);
    graph = next;
    const height = (id: string) => nodeHeight(columnRows(columns, id));
    drawn = layout(ordered(next), edges(next), { ...SIZE, height });
    draw(next);
    if (before) {
        const now = placeOf(next.selected) ?? before;
        scroll.scrollBy(now.x - before.x, now.y - before.y);
    }
    reveal(next.selected, isOther);
}

/** By name, so that the same graph is always drawn the same. */
function ordered({ nodes, visible }: Graph): string[] {
    const name = (id: string) => `${nodes.get(id)?.name} ${id}`;
    return [...visible].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

function placeOf(id: string): { x: number; y: number } | undefined {
    const box = drawn?.boxes.get(id);
    return box && { x: (box.x + MARGIN) * zoom, y: (box.y + MARGIN) * zoom };
}

function draw(shownGraph: Graph): void {
    if (!drawn) {
        return;
    }
    // What is drawn anew loses the focus.
    const hadFocus = nodesElement.contains(document.activeElement);
    const near = relatives(shownGraph, shownGraph.selected);
    canvas.style.width = `${drawn.width + 2 * MARGIN}px`;
    canvas.style.height = `${drawn.height + 2 * MARGIN}px`;
    canvas.style.zoom = String(zoom);
    for (const [id, element] of elements) {
        if (!drawn.boxes.has(id)) {
            element.remove();
            elements.delete(id);
        }
    }
    const rows = new Map(ordered(shownGraph).map((id) => [id, columnRows(columns, id)]));
    for (const box of drawn.boxes.values()) {
        drawNode(elementOf(box.id), shownGraph, box, MARGIN, {
            isSelected: box.id === shownGraph.selected,
            isOrigin: box.id === shownGraph.focus,
            isFar: !near.has(box.id),
            isOpen: columns.open.has(box.id),
            columns: rows.get(box.id) ?? columnRows(columns, box.id),
            selectedColumn:
                selectedColumn?.uniqueId === box.id && box.id === shownGraph.selected
                    ? columnKey(selectedColumn)
                    : undefined,
        });
    }
    const isNear = (from: string, to: string) => near.has(from) && near.has(to) && !columns.trace;
    edgesElement.replaceChildren(
        ...nodeEdges(drawn, isNear),
        ...columnEdges(columns, shownGraph.visible).flatMap((edge) => drawnEdge(edge, rows)),
    );
    element("untrace").hidden = columns.trace === undefined;
    element("summary").textContent = summary(shownGraph);
    if (hadFocus && !nodesElement.contains(document.activeElement)) {
        focusSelected();
    }
}

function summary({ nodes, selected, visible }: Graph): string {
    const { trace } = columns;
    const name = (id: string) => nodes.get(id)?.name ?? id;
    return trace
        ? traceSummary(trace, name(trace.focus.uniqueId))
        : lineageSummary(name(selected), visible.size);
}

function nodeEdges({ routes, boxes }: Layout, isNear: (from: string, to: string) => boolean): SVGElement[] {
    return routes.flatMap((route) => {
        const from = boxes.get(route.from);
        const to = boxes.get(route.to);
        if (!from || !to) {
            return [];
        }
        const path = nodeEdge(route, from, to, MARGIN);
        path.classList.toggle("far", !isNear(route.from, route.to));
        return [path];
    });
}

/** An edge of the lineage of a column; what rests on a guess looks so. */
function drawnEdge({ from, to, kind }: LineageEdge, rows: ReadonlyMap<string, ColumnRows>): SVGElement[] {
    const ends = [from, to].map((column) => {
        const box = drawn?.boxes.get(column.uniqueId);
        const ofNode = rows.get(column.uniqueId);
        const middle = ofNode && rowMiddle(ofNode, columnKey(column));
        return box && middle !== undefined ? { box, y: box.y + middle } : undefined;
    });
    const [start, end] = ends;
    if (!start || !end) {
        return [];
    }
    const route = drawn?.routes.find((it) => it.from === from.uniqueId && it.to === to.uniqueId);
    const straight = [
        { x: start.box.x + start.box.width, y: start.y },
        { x: end.box.x, y: end.y },
    ];
    const path = columnEdge(route?.points ?? straight, start.y, end.y, MARGIN);
    const made = columns.trace?.columns.find((column) => sameColumn(column, to));
    path.classList.add("of-column", kind);
    path.classList.toggle("unsure", doubt(made?.confidence) !== undefined);
    return [path];
}

/** The element of a node stays the same, and with it the focus. */
function elementOf(id: string): HTMLElement {
    const known = elements.get(id);
    if (known) {
        return known;
    }
    const element = made("div", "");
    element.dataset.id = id;
    element.role = "treeitem";
    elements.set(id, element);
    nodesElement.append(element);
    return element;
}

function focusSelected(): void {
    const item = elements.get(graph?.selected ?? "");
    const column = item?.querySelector<HTMLElement>('.column[aria-selected="true"]');
    (column ?? item)?.focus({ preventScroll: true });
    column?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** @param centered in the middle, not merely in sight */
function reveal(id: string, centered: boolean): void {
    const where = centered ? "center" : "nearest";
    elements.get(id)?.scrollIntoView({ block: where, inline: where });
}

function setZoom(wish: number): void {
    if (graph) {
        zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, wish));
        draw(graph);
        reveal(graph.selected, true);
    }
}

function fit(): void {
    if (drawn) {
        const width = scroll.clientWidth / (drawn.width + 2 * MARGIN);
        const height = scroll.clientHeight / (drawn.height + 2 * MARGIN);
        setZoom(Math.min(1, width, height));
    }
}

function select(id: string, column?: ColumnName): void {
    if (graph) {
        selectedColumn = column;
        update(selected(graph, id));
        focusSelected();
    }
}

function open(id: string, focus: boolean): void {
    editor.postMessage({ kind: "open", id, focus });
}

function toggle(id: string, direction: Direction): void {
    if (!graph) {
        return;
    }
    if (hidden(graph, id, direction).length > 0) {
        editor.postMessage({ kind: "more", id, direction });
        update(selected(graph, id));
    } else {
        update(collapsed(graph, id, direction));
    }
}

/** To the nearest neighbour; where none is shown, the neighbours are asked for. */
function walk(id: string, direction: Direction): void {
    if (!graph) {
        return;
    }
    const from = drawn?.boxes.get(id);
    const distance = (other: string) => Math.abs((drawn?.boxes.get(other)?.y ?? 0) - (from?.y ?? 0));
    const [next] = shown(graph, id, direction).sort((a, b) => distance(a) - distance(b));
    if (next !== undefined) {
        select(next);
    } else if (hidden(graph, id, direction).length > 0) {
        toggle(id, direction);
    }
}

/** Up and down within a layer. */
function step(id: string, by: 1 | -1): void {
    const boxes = [...(drawn?.boxes.values() ?? [])];
    const layer = boxes.filter((it) => it.layer === drawn?.boxes.get(id)?.layer).sort((a, b) => a.y - b.y);
    const next = layer[layer.findIndex((it) => it.id === id) + by];
    if (next) {
        select(next.id);
    }
}

/** The columns that a node shows now. */
function shownColumns(id: string): ColumnName[] {
    return columnRows(columns, id).rows.map(({ column }) => column);
}

/** Shows the columns of a node; `entered`: and goes to the first of them once they are there. */
function unfold(id: string, entered: boolean): void {
    if (!hasColumns(graph?.nodes.get(id))) {
        return;
    }
    const [first] = shownColumns(id);
    if (!columns.open.has(id)) {
        entering = entered ? id : undefined;
        editor.postMessage({ kind: "columns", id });
    } else if (entered && first) {
        select(id, first);
    }
}

function fold(id: string): void {
    columns = folded(columns, id);
    select(id);
}

/** Up and down among the columns of a node, and out of them. */
function stepColumn(id: string, column: ColumnName, by: 1 | -1): void {
    const all = shownColumns(id);
    const index = all.findIndex((it) => sameColumn(it, column)) + by;
    if (index < 0) {
        select(id);
    } else if (all[index]) {
        select(id, all[index]);
    } else {
        step(id, 1);
    }
}

/** Along the lineage that is shown; a column without an edge leads to the neighbour of its node. */
function walkColumn(column: ColumnName, direction: Direction): void {
    const side = direction === "upstream" ? "from" : "to";
    const beside = columnNeighbours(columns, column, side);
    const next = beside.find(({ uniqueId }) => graph?.visible.has(uniqueId));
    if (next) {
        select(next.uniqueId, next);
    } else {
        walk(column.uniqueId, direction);
    }
}

function horizontally(direction: Direction): (id: string, event: KeyboardEvent) => void {
    return (id, { shiftKey }) => {
        if (shiftKey) {
            toggle(id, direction);
        } else if (selectedColumn) {
            walkColumn(selectedColumn, direction);
        } else {
            walk(id, direction);
        }
    };
}

function openSelected(id: string, focus: boolean): void {
    if (selectedColumn) {
        editor.postMessage({ kind: "openColumn", column: selectedColumn, focus });
    } else {
        open(id, focus);
    }
}

const KEYS: Readonly<Record<string, (id: string, event: KeyboardEvent) => void>> = {
    ArrowLeft: horizontally("upstream"),
    ArrowRight: horizontally("downstream"),
    ArrowUp: (id, { shiftKey }) => {
        if (shiftKey) {
            fold(id);
        } else if (selectedColumn) {
            stepColumn(id, selectedColumn, -1);
        } else {
            step(id, -1);
        }
    },
    ArrowDown: (id, { shiftKey }) => {
        if (shiftKey) {
            unfold(id, true);
        } else if (selectedColumn) {
            stepColumn(id, selectedColumn, 1);
        } else {
            step(id, 1);
        }
    },
    Home: () => graph && select(graph.focus),
    Enter: (id) =>
        selectedColumn ? editor.postMessage({ kind: "trace", column: selectedColumn }) : open(id, true),
    " ": (id) => openSelected(id, false),
    g: (id) => openSelected(id, true),
    Escape: (id) => (columns.trace ? untrace() : select(id)),
    c: (id) => editor.postMessage({ kind: "center", id }),
    f: () => fit(),
    "+": () => setZoom(zoom * ZOOM.step),
    "-": () => setZoom(zoom / ZOOM.step),
};

document.addEventListener("keydown", (event) => {
    const key = KEYS[event.key];
    const isButton = event.target instanceof HTMLButtonElement;
    if (graph && key && !isButton && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        key(graph.selected, event);
    }
});

nodesElement.addEventListener("click", ({ target, detail }) => {
    const clicked = target instanceof Element ? target : undefined;
    const id = clicked?.closest<HTMLElement>(".node")?.dataset.id;
    if (id === undefined || !clicked) {
        return;
    }
    const direction = clicked instanceof HTMLElement ? clicked.dataset.direction : undefined;
    const name = clicked.closest<HTMLElement>(".column")?.dataset.name;
    if (direction === "upstream" || direction === "downstream") {
        toggle(id, direction);
    } else if (clicked.matches(".fold")) {
        clickFold(id);
    } else if (clicked.matches(".rest")) {
        columns = { ...columns, whole: new Set([...columns.whole, id]) };
        redraw();
    } else if (name !== undefined) {
        clickColumn({ uniqueId: id, name }, detail);
    } else if (!clicked.matches(".partial")) {
        select(id);
        open(id, false);
    }
});

function clickFold(id: string): void {
    if (columns.open.has(id)) {
        fold(id);
    } else {
        select(id);
        unfold(id, false);
    }
}

/** The first click shows the lineage, the second goes to the column. */
function clickColumn(column: ColumnName, nClicks: number): void {
    if (nClicks > 1) {
        editor.postMessage({ kind: "openColumn", column, focus: true });
    } else {
        select(column.uniqueId, column);
        editor.postMessage({ kind: "trace", column });
    }
}

/** The background is dragged; a wheel with Ctrl zooms. */
scroll.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.target instanceof Element && !event.target.closest(".node")) {
        scroll.setPointerCapture(event.pointerId);
        scroll.classList.add("dragged");
    }
});
scroll.addEventListener("pointermove", (event) => {
    if (scroll.hasPointerCapture(event.pointerId)) {
        scroll.scrollBy(-event.movementX, -event.movementY);
    }
});
scroll.addEventListener("lostpointercapture", () => scroll.classList.remove("dragged"));
scroll.addEventListener(
    "wheel",
    (event) => {
        if (event.ctrlKey) {
            event.preventDefault();
            setZoom(event.deltaY < 0 ? zoom * ZOOM.step : zoom / ZOOM.step);
        }
    },
    { passive: false },
);

element("follow").addEventListener("click", (event) => {
    const button = event.currentTarget as HTMLElement;
    const on = button.ariaPressed !== "true";
    button.ariaPressed = String(on);
    editor.postMessage({ kind: "follow", on });
});
element("center").addEventListener("click", () => {
    if (graph) {
        editor.postMessage({ kind: "center", id: graph.selected });
    }
});
element("untrace").addEventListener("click", untrace);
element("smaller").addEventListener("click", () => setZoom(zoom / ZOOM.step));
element("larger").addEventListener("click", () => setZoom(zoom * ZOOM.step));
element("fit").addEventListener("click", fit);

editor.postMessage({ kind: "ready" });
