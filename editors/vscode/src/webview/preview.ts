//! The page of the results grid: shows the rows it is sent, sorts by a click on a column, copies what it shows as CSV.
//!
//! Text reaches the page through `textContent` alone.

import { cellText, csv, type Direction, isNumeric, sorted } from "../grid.ts";
import { type FromPage, previewSummary, type ToPage } from "../preview_messages.ts";
import type { Cell, PreviewResult } from "../protocol.ts";
import { connect, element } from "./page.ts";

interface Sorting {
    column: number;
    direction: Direction;
}

const editor = connect<FromPage>();
let result: PreviewResult | undefined;
let sorting: Sorting | undefined;

function shownRows(shown: PreviewResult): Cell[][] {
    return sorting ? sorted(shown.rows, sorting.column, sorting.direction) : shown.rows;
}

/** A column goes from unsorted to ascending to descending and back. */
function nextSorting(column: number): Sorting | undefined {
    if (sorting?.column !== column) {
        return { column, direction: "ascending" };
    }
    return sorting.direction === "ascending" ? { column, direction: "descending" } : undefined;
}

function headerCell(column: { name: string; type: string }, index: number): HTMLElement {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.ariaSort = sorting?.column === index ? sorting.direction : "none";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.name;
    const type = document.createElement("small");
    type.textContent = column.type.toLowerCase();
    button.append(type);
    button.addEventListener("click", () => {
        sorting = nextSorting(index);
        render();
    });
    cell.append(button);
    return cell;
}

function dataCell(cell: Cell | undefined, numeric: boolean): HTMLElement {
    const element = document.createElement("td");
    element.textContent = cellText(cell);
    element.classList.toggle("null", cell === null);
    element.classList.toggle("number", numeric);
    return element;
}

function render(): void {
    if (!result) {
        return;
    }
    const { columns, rows } = result;
    const numeric = columns.map((_, index) => isNumeric(rows, index));
    const head = document.createElement("thead");
    const headRow = head.appendChild(document.createElement("tr"));
    headRow.append(...columns.map(headerCell));
    const body = document.createElement("tbody");
    for (const row of shownRows(result)) {
        const line = body.appendChild(document.createElement("tr"));
        line.append(...columns.map((_, index) => dataCell(row[index], numeric[index] ?? false)));
    }
    element("grid").replaceChildren(head, body);
}

window.addEventListener("message", (event: MessageEvent<ToPage>) => {
    result = event.data.result;
    sorting = undefined;
    element("summary").textContent = previewSummary(event.data.title, result);
    render();
});

element("copy").addEventListener("click", () => {
    if (result) {
        editor.postMessage({ kind: "copy", text: csv(result.columns, shownRows(result)) });
    }
});

element("sql").addEventListener("click", () => editor.postMessage({ kind: "showSql" }));

editor.postMessage({ kind: "ready" });
