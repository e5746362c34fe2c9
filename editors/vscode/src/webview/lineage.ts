//! The page of the lineage panel: draws the graph, grows it step by step, is walked through by mouse and keyboard.
//!
//! Arrows go to neighbours, and show them where none is shown; Enter goes to the file. The rest is in the README.

import { type Box, type Layout, layout, type Route } from "../graph_layout.ts";
import {
    collapsed,
    type Direction,
    edges,
    expanded,
    follow,
    type Graph,
    hidden,
    relatives,
    selected,
    shown,
} from "../lineage_graph.ts";
import { type FromPage, lineageSummary, type ToPage } from "../lineage_messages.ts";
import type { Lineage, LineageNode } from "../protocol.ts";
import { connect, element, made } from "./page.ts";

const SIZE = { width: 240, height: () => 28, gapX: 64, gapY: 8 };
const MARGIN = 24;
const ZOOM = { least: 0.2, most: 2, step: 1.2 };
const SVG = "http://www.w3.org/2000/svg";

const editor = connect<FromPage>();
const scroll = element("scroll");
const canvas = element("canvas");
const nodesElement = element("nodes");
const edgesElement = element("edges");
/** Of the nodes that are shown. */
const elements = new Map<string, HTMLElement>();
let graph: Graph | undefined;
let drawn: Layout | undefined;
let zoom = 1;

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
    switch (data.kind) {
        case "at":
            at(data.lineage, data.anew);
            break;
        case "more":
            if (graph?.visible.has(data.id)) {
                update(expanded(graph, data.id, data.direction, data.lineage));
            }
            break;
        case "nothing":
            graph = undefined;
            elements.clear();
            element("summary").textContent = data.message;
            nodesElement.replaceChildren();
            edgesElement.replaceChildren();
            break;
    }
});

/** While the user walks through the graph, the cursor in the file stays behind, and does not fetch the selection back. */
function at(lineage: Lineage, anew: boolean): void {
    const next = follow(anew ? undefined : graph, lineage);
    const isWalking = document.hasFocus() && graph?.focus === next.focus;
    update(isWalking && graph ? selected(next, graph.selected) : next);
}

/** Shows another state of the graph; what is selected stays where it is on the screen, if it was there. */
function update(next: Graph): void {
    const isOther = graph?.focus !== next.focus;
    const before = isOther ? undefined : placeOf(next.selected);
    const same = graph?.visible.size === next.visible.size && graph.nodes === next.nodes && !isOther;
    graph = next;
    if (!same) {
        drawn = layout(ordered(next), edges(next), SIZE);
    }
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
    for (const box of drawn.boxes.values()) {
        drawNode(shownGraph, box, near.has(box.id));
    }
    edgesElement.replaceChildren(
        ...drawn.routes.map((route) => edgeElement(route, near.has(route.from) && near.has(route.to))),
    );
    element("summary").textContent = lineageSummary(
        shownGraph.nodes.get(shownGraph.selected)?.name ?? "",
        shownGraph.visible.size,
    );
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

function drawNode(shownGraph: Graph, box: Box, isNear: boolean): void {
    const node = shownGraph.nodes.get(box.id);
    const isSelected = box.id === shownGraph.selected;
    const kind = node?.resourceType ?? "model";
    const item = elementOf(box.id);
    item.className = `node ${kind}`;
    item.classList.toggle("origin", box.id === shownGraph.focus);
    item.classList.toggle("far", !isNear);
    item.style.left = `${box.x + MARGIN}px`;
    item.style.top = `${box.y + MARGIN}px`;
    item.style.width = `${box.width}px`;
    item.style.height = `${box.height}px`;
    item.tabIndex = isSelected ? 0 : -1;
    item.ariaSelected = String(isSelected);
    item.ariaLevel = String(box.layer + 1);
    item.ariaLabel = `${node?.name}, ${detail(node)}`;
    item.title = `${node?.name}\n${detail(node)}\n${box.id}`;
    item.replaceChildren(
        made("span", "name", node?.name ?? box.id),
        made("span", "kind", node?.materialized ?? kind),
        ...moreButtons(shownGraph, box.id),
    );
}

function detail(node: LineageNode | undefined): string {
    return [node?.resourceType, node?.materialized].filter((it) => it !== undefined).join(", ");
}

function moreButtons(shownGraph: Graph, id: string): HTMLElement[] {
    return (["upstream", "downstream"] as const).flatMap((direction) => {
        const nHidden = hidden(shownGraph, id, direction).length;
        if (nHidden === 0 && shown(shownGraph, id, direction).length === 0) {
            return [];
        }
        const button = made("button", `more ${direction}`, nHidden > 0 ? `+${nHidden}` : "−");
        button.type = "button";
        button.tabIndex = -1;
        button.dataset.direction = direction;
        button.ariaLabel = nHidden > 0 ? `Show ${nHidden} more ${direction}` : `Hide what is ${direction}`;
        button.title = button.ariaLabel;
        button.classList.toggle("less", nHidden === 0);
        return [button];
    });
}

function edgeElement({ points }: Route, isNear: boolean): SVGElement {
    const path = document.createElementNS(SVG, "path");
    const steps = points.map(({ x, y }, index) => {
        const before = points[index - 1];
        const end = `${x + MARGIN} ${y + MARGIN}`;
        if (before === undefined) {
            return `M ${end}`;
        }
        const middle = (before.x + x) / 2 + MARGIN;
        return before.y === y
            ? `L ${end}`
            : `C ${middle} ${before.y + MARGIN} ${middle} ${y + MARGIN} ${end}`;
    });
    path.setAttribute("d", steps.join(" "));
    path.classList.toggle("far", !isNear);
    return path;
}

function focusSelected(): void {
    elements.get(graph?.selected ?? "")?.focus({ preventScroll: true });
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

function select(id: string): void {
    if (graph) {
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

const KEYS: Readonly<Record<string, (id: string, event: KeyboardEvent) => void>> = {
    ArrowLeft: (id, { shiftKey }) => (shiftKey ? toggle : walk)(id, "upstream"),
    ArrowRight: (id, { shiftKey }) => (shiftKey ? toggle : walk)(id, "downstream"),
    ArrowUp: (id) => step(id, -1),
    ArrowDown: (id) => step(id, 1),
    Home: () => graph && select(graph.focus),
    Enter: (id) => open(id, true),
    " ": (id) => open(id, false),
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

nodesElement.addEventListener("click", ({ target }) => {
    const id = target instanceof Element ? target.closest<HTMLElement>(".node")?.dataset.id : undefined;
    if (id === undefined) {
        return;
    }
    const direction = target instanceof HTMLElement ? target.dataset.direction : undefined;
    if (direction === "upstream" || direction === "downstream") {
        toggle(id, direction);
    } else {
        select(id);
        open(id, false);
    }
});

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
element("smaller").addEventListener("click", () => setZoom(zoom / ZOOM.step));
element("larger").addEventListener("click", () => setZoom(zoom * ZOOM.step));
element("fit").addEventListener("click", fit);

editor.postMessage({ kind: "ready" });
