//! The previews that were made, newest first: what the results grid can go back to. Pure.

import type { PreviewResult } from "./protocol.ts";

export interface Preview {
    title: string;
    result: PreviewResult;
    /** When it came, in the time of the user's clock. */
    at: Date;
}

/** What may stay in memory. */
const MOST = { previews: 20, cells: 2_000_000 };

/** With a new preview in front, and without the oldest where they become too many or too large. The new one always stays. */
export function remembered(history: readonly Preview[], preview: Preview): Preview[] {
    const all = [preview, ...history];
    let cells = 0;
    const firstTooMany = all.findIndex(({ result }, index) => {
        cells += result.rows.length * result.columns.length;
        return index > 0 && (index >= MOST.previews || cells > MOST.cells);
    });
    return firstTooMany === -1 ? all : all.slice(0, firstTooMany);
}

/** "14:03:22 orders: 500 rows" */
export function historyLabel({ title, result, at }: Preview): string {
    const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((it) => String(it).padStart(2, "0"));
    return `${time.join(":")} ${title}: ${rowCount(result)}`;
}

/** "1 row", "500+ rows" */
export function rowCount({ rows, truncated }: PreviewResult): string {
    const more = truncated ? "+" : "";
    return `${rows.length}${more} ${rows.length === 1 && !truncated ? "row" : "rows"}`;
}
