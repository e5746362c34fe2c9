//! What the extension and the page of the results grid say to each other.

import type { PreviewResult } from "./protocol.ts";

export type ToPage = { kind: "rows"; title: string; result: PreviewResult };

export type FromPage =
    /** The page has (re)loaded and wants its rows. */
    { kind: "ready" } | { kind: "copy"; text: string } | { kind: "showSql" };

export const PREVIEW_BODY = `<header>
<span id="summary" role="status"></span>
<span id="actions"><button id="copy" type="button">Copy as CSV</button><button id="sql" type="button">Show SQL</button></span>
</header>
<main><table id="grid"></table></main>`;

/** "orders: 500 rows (there are more), 12 ms" */
export function previewSummary(title: string, result: PreviewResult): string {
    const count = `${result.rows.length} ${result.rows.length === 1 ? "row" : "rows"}`;
    const more = result.truncated ? " (there are more)" : "";
    return `${title}: ${count}${more}, ${Math.round(result.elapsedMs)} ms`;
}
