//! What the graph of the lineage panel is made of: elements for nodes with their columns, and paths for edges.

import type { Box, Route } from "../graph_layout.ts";
import { type ColumnRow, type ColumnRows, columnKey, doubt } from "../lineage_columns.ts";
import { type Graph, hidden, shown } from "../lineage_graph.ts";
import type { LineageColumn, LineageNode } from "../protocol.ts";
import { made } from "./page.ts";

/** In pixels, as in lineage.css. */
export const HEAD = 28;
export const ROW = 20;
const FOOT = 4;

const SVG = "http://www.w3.org/2000/svg";

/** Exposures and functions have no columns. */
export function hasColumns(node: LineageNode | undefined): boolean {
    return node !== undefined && !["exposure", "function"].includes(node.resourceType);
}

export function nodeHeight({ rows, nHidden, isPartial }: ColumnRows): number {
    const nRows = rows.length + Number(nHidden > 0) + Number(isPartial);
    return HEAD + (nRows === 0 ? 0 : nRows * ROW + FOOT);
}

/** How far below the top of its node a column stands, in its middle. */
export function rowMiddle(rows: ColumnRows, key: string): number | undefined {
    const index = rows.rows.findIndex(({ column }) => columnKey(column) === key);
    return index === -1 ? undefined : HEAD + index * ROW + ROW / 2;
}

export interface NodeLook {
    isSelected: boolean;
    isOrigin: boolean;
    isFar: boolean;
    isOpen: boolean;
    columns: ColumnRows;
    /** The key of the column that the keyboard acts on. */
    selectedColumn: string | undefined;
}

export function drawNode(item: HTMLElement, graph: Graph, box: Box, offset: number, look: NodeLook): void {
    const node = graph.nodes.get(box.id);
    const kind = node?.resourceType ?? "model";
    item.className = `node ${kind}`;
    item.classList.toggle("origin", look.isOrigin);
    item.classList.toggle("far", look.isFar);
    item.style.left = `${box.x + offset}px`;
    item.style.top = `${box.y + offset}px`;
    item.style.width = `${box.width}px`;
    item.style.height = `${box.height}px`;
    item.tabIndex = look.isSelected && look.selectedColumn === undefined ? 0 : -1;
    item.ariaSelected = String(look.isSelected);
    item.ariaLevel = String(box.layer + 1);
    item.ariaLabel = `${node?.name}, ${detail(node)}`;
    item.ariaExpanded = hasColumns(node) ? String(look.isOpen) : null;
    const head = made("div", "head");
    head.title = `${node?.name}\n${detail(node)}\n${box.id}`;
    head.append(
        ...foldButton(node, look.isOpen),
        made("span", "name", node?.name ?? box.id),
        made("span", "kind", node?.materialized ?? kind),
        ...moreButtons(graph, box.id),
    );
    item.replaceChildren(head, ...columnsElement(look, box.layer + 2));
}

function detail(node: LineageNode | undefined): string {
    return [node?.resourceType, node?.materialized].filter((it) => it !== undefined).join(", ");
}

function foldButton(node: LineageNode | undefined, isOpen: boolean): HTMLElement[] {
    if (!hasColumns(node)) {
        return [];
    }
    const button = made("button", "fold", isOpen ? "▾" : "▸");
    button.type = "button";
    button.tabIndex = -1;
    button.title = isOpen ? "Hide the columns (Shift+Up)" : "Show the columns (Shift+Down)";
    button.ariaLabel = button.title;
    return [button];
}

function moreButtons(graph: Graph, id: string): HTMLElement[] {
    return (["upstream", "downstream"] as const).flatMap((direction) => {
        const nHidden = hidden(graph, id, direction).length;
        if (nHidden === 0 && shown(graph, id, direction).length === 0) {
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

function columnsElement(look: NodeLook, level: number): HTMLElement[] {
    const { rows, nHidden, isPartial } = look.columns;
    if (rows.length === 0 && nHidden === 0 && !isPartial) {
        return [];
    }
    const group = made("div", "columns");
    group.role = "group";
    group.append(...rows.map((row) => columnElement(row, look.selectedColumn, level)));
    if (nHidden > 0) {
        const rest = made("button", "rest", `${nHidden} more columns`);
        rest.type = "button";
        rest.tabIndex = -1;
        group.append(rest);
    }
    if (isPartial) {
        group.append(
            made("div", "partial", rows.length === 0 ? "columns are not known" : "there may be more"),
        );
    }
    return [group];
}

function columnElement(row: ColumnRow, selected: string | undefined, level: number): HTMLElement {
    const { column } = row;
    const key = columnKey(column);
    const element = made("div", "column");
    element.role = "treeitem";
    element.dataset.name = column.name;
    element.classList.toggle("traced", row.isTraced);
    element.classList.toggle("focus", row.isFocus);
    element.classList.toggle("cursor", row.isCursor);
    element.tabIndex = key === selected ? 0 : -1;
    element.ariaSelected = String(key === selected);
    element.ariaLevel = String(level);
    element.ariaLabel = columnLabel(column);
    element.title = `${columnLabel(column)}\nClick: its lineage. Double click: go to it.`;
    element.append(made("span", "name", column.name));
    if (doubt(column.confidence) !== undefined) {
        element.append(made("span", "doubt", "?"));
    }
    element.append(made("span", "kind", column.dataType ?? ""));
    return element;
}

function columnLabel({ name, dataType, confidence }: LineageColumn): string {
    return [name, dataType, doubt(confidence)].filter((it) => it !== undefined).join(", ");
}

interface Point {
    x: number;
    y: number;
}

/** Beside the name of a node that shows its columns, and not in their middle. */
export function nodeEdge({ points }: Route, from: Box, to: Box, offset: number): SVGElement {
    return path(between(points, from.y + HEAD / 2, to.y + HEAD / 2), offset);
}

/** From column to column, by the way that the edge between their nodes takes. */
export function columnEdge(points: readonly Point[], fromY: number, toY: number, offset: number): SVGElement {
    return path(between(points, fromY, toY), offset);
}

function between(points: readonly Point[], fromY: number, toY: number): Point[] {
    return points.map((point, index) => {
        const isEnd = index === points.length - 1;
        return index === 0 ? { ...point, y: fromY } : isEnd ? { ...point, y: toY } : point;
    });
}

function path(points: readonly Point[], offset: number): SVGElement {
    const element = document.createElementNS(SVG, "path");
    const steps = points.map(({ x, y }, index) => {
        const before = points[index - 1];
        const end = `${x + offset} ${y + offset}`;
        if (before === undefined) {
            return `M ${end}`;
        }
        const middle = (before.x + x) / 2 + offset;
        return before.y === y
            ? `L ${end}`
            : `C ${middle} ${before.y + offset} ${middle} ${y + offset} ${end}`;
    });
    element.setAttribute("d", steps.join(" "));
    return element;
}
