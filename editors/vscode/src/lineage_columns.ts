//! Columns in the lineage panel, as a value: which are shown under their nodes, and the lineage of one of them.
//!
//! A node shows all of its columns while it is unfolded, else those that are on the way of the traced one, and the one under
//! the editor's cursor. Pure; used by the page and by the tests.

import type { ColumnLineage, ColumnName, LineageColumn, LineageEdge, NodeColumns } from "./protocol.ts";

export interface ColumnState {
    /** Of nodes that are unfolded. */
    readonly open: ReadonlyMap<string, NodeColumns>;
    /** Unfolded nodes that show more than `FEW`. */
    readonly whole: ReadonlySet<string>;
    /** The lineage that is shown. */
    readonly trace: ColumnLineage | undefined;
    /** Under the cursor of the editor. */
    readonly cursor: ColumnName | undefined;
}

export interface ColumnRow {
    column: LineageColumn;
    isTraced: boolean;
    /** The lineage shown is this column's. */
    isFocus: boolean;
    isCursor: boolean;
}

export interface ColumnRows {
    rows: ColumnRow[];
    /** How many are left out. */
    nHidden: number;
    /** What is known of the node's columns may not be all. */
    isPartial: boolean;
}

export type Side = "from" | "to";

/** So many columns of a node are shown at first: a table of three hundred does not fill the panel. */
export const FEW = 25;

export const NO_COLUMNS: ColumnState = {
    open: new Map(),
    whole: new Set(),
    trace: undefined,
    cursor: undefined,
};

/** Columns are one whatever the case that they are written in. */
export function columnKey({ uniqueId, name }: ColumnName): string {
    return `${uniqueId}\n${name.toLowerCase()}`;
}

export function sameColumn(a: ColumnName | undefined, b: ColumnName | undefined): boolean {
    return a !== undefined && b !== undefined && columnKey(a) === columnKey(b);
}

export function unfolded(state: ColumnState, id: string, columns: NodeColumns): ColumnState {
    return { ...state, open: new Map([...state.open, [id, columns]]) };
}

export function folded(state: ColumnState, id: string): ColumnState {
    const without = ([other]: [string, unknown]) => other !== id;
    return {
        ...state,
        open: new Map([...state.open].filter(without)),
        whole: new Set([...state.whole].filter((other) => other !== id)),
    };
}

/** What a node shows of its columns. */
export function columnRows(state: ColumnState, id: string): ColumnRows {
    const { trace, cursor } = state;
    const onTrace = new Set(trace?.columns.map(columnKey));
    const row = (column: LineageColumn): ColumnRow => ({
        column,
        isTraced: onTrace.has(columnKey(column)),
        isFocus: sameColumn(trace?.focus, column),
        isCursor: sameColumn(cursor, column),
    });
    const open = state.open.get(id);
    if (open === undefined) {
        const traced = trace?.columns.filter(({ uniqueId }) => uniqueId === id) ?? [];
        const isMissing = cursor?.uniqueId === id && !traced.some((it) => sameColumn(it, cursor));
        const shown = isMissing && cursor ? [...traced, cursor] : traced;
        return { rows: shown.map(row), nHidden: 0, isPartial: false };
    }
    const all = open.columns.map(row);
    const isWhole = state.whole.has(id) || all.length <= FEW + 1;
    const rows = isWhole ? all : all.filter((it, n) => n < FEW || it.isTraced || it.isCursor);
    return { rows, nHidden: all.length - rows.length, isPartial: !open.complete };
}

/** The edges of the lineage, between columns of nodes that are shown. */
export function columnEdges(state: ColumnState, visible: ReadonlySet<string>): LineageEdge[] {
    const edges = state.trace?.edges ?? [];
    return edges.filter(({ from, to }) => visible.has(from.uniqueId) && visible.has(to.uniqueId));
}

/** What a column is made of (`from`), or what is made of it (`to`), by one step of the lineage that is shown. */
export function columnNeighbours(state: ColumnState, column: ColumnName, side: Side): ColumnName[] {
    const other = side === "from" ? "to" : "from";
    const edges = state.trace?.edges ?? [];
    return edges.filter((edge) => sameColumn(edge[other], column)).map((edge) => edge[side]);
}

/** The nodes of a lineage, those near its column first, and at most so many. */
export function tracedNodes({ focus, edges }: ColumnLineage, limit: number): string[] {
    const nodes = new Set([focus.uniqueId]);
    for (const side of ["from", "to"] as const) {
        for (const column of reached(focus, edges, side)) {
            nodes.add(column.uniqueId);
        }
    }
    return [...nodes].slice(0, limit);
}

/** "orders.amount: made of 3 columns, part of 1" */
export function traceSummary(trace: ColumnLineage, nodeName: string): string {
    const { focus, edges } = trace;
    const nMakers = reached(focus, edges, "from").length;
    const nMade = reached(focus, edges, "to").length;
    const makers = `${nMakers} ${nMakers === 1 ? "column" : "columns"}`;
    const doubts = trace.columns.filter(({ confidence }) => doubt(confidence) !== undefined).length;
    const unsure = doubts === 0 ? "" : `, ${doubts} of them uncertain`;
    return `${nodeName}.${focus.name}: made of ${makers}, part of ${nMade}${unsure}`;
}

/** What to say of a column of which not everything is certain. */
export function doubt(confidence: LineageColumn["confidence"]): string | undefined {
    switch (confidence) {
        case "likely":
            return "a guess: its name is not qualified, and not all columns of what is read are known";
        case "unknown":
            return "where it comes from cannot be told";
        case "certain":
        case undefined:
            return undefined;
    }
}

/** Ring by ring, without the column itself. */
function reached(start: ColumnName, edges: readonly LineageEdge[], side: Side): ColumnName[] {
    const other = side === "from" ? "to" : "from";
    const next = new Map<string, ColumnName[]>();
    for (const edge of edges) {
        const key = columnKey(edge[other]);
        next.set(key, [...(next.get(key) ?? []), edge[side]]);
    }
    const seen = new Set([columnKey(start)]);
    const found: ColumnName[] = [];
    for (let ring = [start]; ring.length > 0; ) {
        const further = ring.flatMap((column) => next.get(columnKey(column)) ?? []);
        ring = [];
        for (const column of further) {
            if (!seen.has(columnKey(column))) {
                seen.add(columnKey(column));
                found.push(column);
                ring.push(column);
            }
        }
    }
    return found;
}
