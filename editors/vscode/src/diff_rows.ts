//! The rows in which a model's query and its relation differ, as the grid of previews shows rows.

import type { DiffResult, PreviewResult } from "./protocol.ts";

/** Before the columns one that says which side has the row: "+" the query, "−" the relation. */
export function diffRows(diff: DiffResult): PreviewResult {
    return {
        uri: diff.uri,
        columns: [{ name: "change", type: "" }, ...diff.columns.map((name) => ({ name, type: "" }))],
        rows: diff.rows.map((row) => [row.change === "added" ? "+" : "−", ...row.values]),
        truncated: diff.rows.length < diff.added + diff.removed,
        sql: diff.sql,
        elapsedMs: diff.elapsedMs,
    };
}

/** "2 rows added, 1 removed (3 before, 4 after); columns added: came" */
export function diffSummary(diff: DiffResult): string {
    const rows =
        diff.added + diff.removed === 0
            ? `no difference in ${diff.after} rows`
            : `${diff.added} rows added, ${diff.removed} removed (${diff.before} before, ${diff.after} after)`;
    const columns = [
        { change: "added", names: diff.addedColumns },
        { change: "removed", names: diff.removedColumns },
    ].filter(({ names }) => names.length > 0);
    return [
        rows,
        ...columns.map(({ change, names }) => `columns ${change}: ${names.join(", ")}`),
        ...diff.retypedColumns.map(({ name, before, after }) => `${name}: ${before} → ${after}`),
    ].join("; ");
}
