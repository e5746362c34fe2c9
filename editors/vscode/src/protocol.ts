//! The messages of docs/protocol.md as types. Nothing is checked at run time: the server is our own.

import {
    type Diagnostic,
    type Location,
    NotificationType,
    type Position,
    type Range,
    RequestType,
    RequestType0,
} from "vscode-languageclient/node";

/** The one argument of every command. */
export interface CommandArgument {
    uri: string;
    position?: Position;
    selector?: string;
    fullRefresh?: boolean;
    limit?: number;
    cte?: string;
    range?: { start: Position; end: Position };
    source?: string;
    database?: string;
    schema?: string;
}

export interface NodeResult {
    uniqueId: string;
    status: string;
    message?: string | null;
    executionTime: number;
}

export interface RunResult {
    success: boolean;
    summary: string;
    results: NodeResult[];
}

/** What JSON can hold exactly; the server sends everything else as a string. */
export type Cell = null | boolean | number | string;

export interface PreviewResult {
    uri: string;
    columns: { name: string; type: string }[];
    rows: Cell[][];
    truncated: boolean;
    sql: string;
    elapsedMs: number;
}

export interface DiffResult {
    uri: string;
    columns: string[];
    addedColumns: string[];
    removedColumns: string[];
    retypedColumns: { name: string; before: string; after: string }[];
    before: number;
    after: number;
    added: number;
    removed: number;
    rows: { change: "added" | "removed"; values: Cell[] }[];
    sql: string;
    elapsedMs: number;
}

export interface CatalogResult {
    relations: number;
    uri?: string | null;
    errors: string[];
}

/** A run of compiled text with one origin. */
export interface CompiledPiece {
    compiled: Range;
    source: Range;
    /** Copied; else what the expression at `source` gives. */
    literal: boolean;
    /** The macro that made it. */
    through?: { uniqueId: string; location?: Location };
}

export interface CompiledResult {
    uri: string;
    text: string;
    errors: Diagnostic[];
    /** With places in the text. */
    problems?: Diagnostic[];
    /** In the text's order. */
    pieces?: CompiledPiece[];
}

export interface LineageParams {
    textDocument: { uri: string };
    position?: Position;
    uniqueId?: string;
    upstream?: number;
    downstream?: number;
}

export interface LineageNode {
    uniqueId: string;
    name: string;
    resourceType: string;
    materialized?: string;
    location?: Location;
    /** All of them, also those that are not in the answer. */
    parents: string[];
    children: string[];
}

export interface Lineage {
    root: string;
    focus: string;
    nodes: LineageNode[];
}

export interface ColumnName {
    uniqueId: string;
    /** As the node writes it. */
    name: string;
}

export interface ColumnLineageParams {
    textDocument: { uri: string };
    position?: Position;
    column?: ColumnName;
    upstream?: number;
    downstream?: number;
}

export interface LineageColumn extends ColumnName {
    dataType?: string;
    /** Missing for what is only declared. */
    confidence?: "certain" | "likely" | "unknown";
    location?: Location;
}

export interface LineageEdge {
    from: ColumnName;
    to: ColumnName;
    kind: "direct" | "transformed" | "aggregated";
}

export interface ColumnLineage {
    root: string;
    focus: ColumnName;
    columns: LineageColumn[];
    edges: LineageEdge[];
}

export interface NodeColumns {
    /** In the node's order. */
    columns: LineageColumn[];
    /** False when there may be more. */
    complete: boolean;
}

export interface ListedTest {
    uniqueId: string;
    label: string;
    kind: "data" | "unit";
    /** Missing for a test that is a query of its own. */
    tested?: string;
    selector: string;
    location: Location;
}

export type ProjectState = "loading" | "ready" | "error";

export interface Project {
    root: string;
    name: string;
    target: string | null;
    targets: string[];
    models: number;
    state: ProjectState;
}

export interface Status {
    version: string;
    projects: Project[];
    deferState?: string;
}

export const compiledRequest = new RequestType<{ textDocument: { uri: string } }, CompiledResult, void>(
    "dagsmith/compiled",
);
export const compiledChanged = new NotificationType<{ uri: string }>("dagsmith/compiledChanged");
export const lineageRequest = new RequestType<LineageParams, Lineage | null, void>("dagsmith/lineage");
export const columnLineageRequest = new RequestType<ColumnLineageParams, ColumnLineage | null, void>(
    "dagsmith/columnLineage",
);
export const columnsRequest = new RequestType<
    { textDocument: { uri: string }; uniqueId: string },
    NodeColumns | null,
    void
>("dagsmith/columns");
export const statusRequest = new RequestType0<Status, void>("dagsmith/status");
export const statusChanged = new NotificationType<Status>("dagsmith/statusChanged");
export const testsRequest = new RequestType<{ root: string }, ListedTest[], void>("dagsmith/tests");
