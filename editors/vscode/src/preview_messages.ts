//! What the extension and the page of the results grid say to each other.

import type { Format } from "./grid.ts";
import { rowCount } from "./preview_history.ts";
import type { PreviewResult } from "./protocol.ts";

export type ToPage = {
    kind: "rows";
    title: string;
    result: PreviewResult;
    /** Labels of all previews, newest first. */
    history: string[];
    /** Which of them this is. */
    shown: number;
};

export type FromPage =
    /** The page has (re)loaded and wants its rows. */
    | { kind: "ready" }
    /** @property what it is, for people */
    | { kind: "copy"; what: string; text: string }
    | { kind: "export"; format: Format; text: string }
    | { kind: "history"; index: number }
    | { kind: "showSql" };

export const PREVIEW_BODY = `<header>
<span id="summary" role="status"></span>
<span id="actions">
<select id="history" aria-label="Earlier previews" title="Earlier previews"></select>
<select id="format" aria-label="Format"><option value="csv">CSV</option><option value="tsv">TSV</option></select>
<button id="row" type="button" title="Copy the selected row">Copy Row</button>
<button id="copy" type="button" title="Copy all rows, as they are sorted">Copy All</button>
<button id="export" type="button" title="Write all rows into a file, as they are sorted">Export…</button>
<button id="sql" type="button" title="Show what was executed">Show SQL</button>
</span>
</header>
<main id="scroll"><table id="grid" role="grid"></table></main>`;

/** "orders: 500+ rows, 12 ms" */
export function previewSummary(title: string, result: PreviewResult): string {
    return `${title}: ${rowCount(result)}, ${Math.round(result.elapsedMs)} ms`;
}
