//! The page of the results grid: shows the rows it is sent, sorts by a click on a column, copies and exports what it shows.
//!
//! Text reaches the page through `textContent` alone. Of many rows only those near the screen are made into elements.

import {
    cellText,
    cellValue,
    type Direction,
    type Format,
    isNumeric,
    lines,
    sorted,
    table,
} from "../grid.ts";
import { type FromPage, previewSummary, type ToPage } from "../preview_messages.ts";
import type { Cell, PreviewResult } from "../protocol.ts";
import { connect, element, made } from "./page.ts";

interface Sorting {
    column: number;
    direction: Direction;
}

interface Place {
    row: number;
    column: number;
}

/** So many rows are added when the end of those that are there comes into sight. */
const PORTION = 500;

const editor = connect<FromPage>();
const grid = element("grid");
const scroll = element("scroll");
const history = element("history") as HTMLSelectElement;
const format = element("format") as HTMLSelectElement;
let result: PreviewResult | undefined;
let sorting: Sorting | undefined;
/** As they are sorted. */
let rows: Cell[][] = [];
let numeric: boolean[] = [];
let selection: Place = { row: 0, column: 0 };
let body = document.createElement("tbody");

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
    result = data.result;
    numeric = result.columns.map((_, index) => isNumeric(data.result.rows, index));
    element("summary").textContent = previewSummary(data.title, result);
    history.replaceChildren(...data.history.map((label) => made("option", "", label)));
    history.selectedIndex = data.shown;
    selection = { row: 0, column: 0 };
    scroll.scrollLeft = 0;
    sort(undefined);
});

function sort(wish: Sorting | undefined): void {
    if (!result) {
        return;
    }
    sorting = wish;
    rows = sorting ? sorted(result.rows, sorting.column, sorting.direction) : result.rows;
    selection = { ...selection, row: 0 };
    const head = document.createElement("thead");
    head.appendChild(document.createElement("tr")).append(...result.columns.map(headerCell));
    body = document.createElement("tbody");
    grid.replaceChildren(head, body);
    scroll.scrollTop = 0;
    addRows(PORTION);
    mark();
}

/** A column goes from unsorted to ascending to descending and back. */
function nextSorting(column: number): Sorting | undefined {
    if (sorting?.column !== column) {
        return { column, direction: "ascending" };
    }
    return sorting.direction === "ascending" ? { column, direction: "descending" } : undefined;
}

function headerCell(column: { name: string; type: string }, index: number): HTMLElement {
    const cell = made("th", "");
    cell.scope = "col";
    cell.ariaSort = sorting?.column === index ? sorting.direction : "none";
    const button = made("button", "", column.name);
    button.type = "button";
    button.append(made("small", "", column.type.toLowerCase()));
    button.addEventListener("click", () => sort(nextSorting(index)));
    cell.append(button);
    return cell;
}

function addRows(count: number): void {
    const from = body.rows.length;
    const added = rows.slice(from, from + count).map((row) => {
        const line = document.createElement("tr");
        line.append(...numeric.map((isNumber, column) => dataCell(row[column], isNumber)));
        return line;
    });
    body.append(...added);
}

function dataCell(cell: Cell | undefined, isNumber: boolean): HTMLElement {
    const text = cellText(cell);
    const element = made("td", isNumber ? "number" : "", text);
    element.classList.toggle("null", cell === null);
    element.tabIndex = -1;
    // What does not fit can be read all the same.
    element.title = text.length > 40 ? text : "";
    return element;
}

/** Shows what is selected. @returns its element */
function mark(): HTMLElement | undefined {
    body.querySelector('[aria-selected="true"]')?.removeAttribute("aria-selected");
    body.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    body.querySelector(".selected")?.classList.remove("selected");
    const row = body.rows[selection.row];
    const cell = row?.cells[selection.column];
    row?.classList.add("selected");
    cell?.setAttribute("aria-selected", "true");
    cell?.setAttribute("tabindex", "0");
    return cell;
}

function select(place: Place): void {
    const { columns } = result ?? { columns: [] };
    selection = {
        row: Math.max(0, Math.min(rows.length - 1, place.row)),
        column: Math.max(0, Math.min(columns.length - 1, place.column)),
    };
    addRows(selection.row + 1 - body.rows.length + PORTION / 2);
    const cell = mark();
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

const STEPS: Readonly<Record<string, (place: Place) => Place>> = {
    ArrowUp: ({ row, column }) => ({ row: row - 1, column }),
    ArrowDown: ({ row, column }) => ({ row: row + 1, column }),
    ArrowLeft: ({ row, column }) => ({ row, column: column - 1 }),
    ArrowRight: ({ row, column }) => ({ row, column: column + 1 }),
    PageUp: ({ row, column }) => ({ row: row - 20, column }),
    PageDown: ({ row, column }) => ({ row: row + 20, column }),
    Home: ({ row }) => ({ row, column: 0 }),
    End: ({ row }) => ({ row, column: Number.POSITIVE_INFINITY }),
};

grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step && event.target instanceof HTMLTableCellElement) {
        event.preventDefault();
        select(step(selection));
    }
});

grid.addEventListener("click", ({ target }) => {
    const cell = target instanceof Element ? target.closest("td") : null;
    const row = cell?.parentElement;
    if (cell && row instanceof HTMLTableRowElement) {
        select({ row: row.sectionRowIndex, column: cell.cellIndex });
    }
});

scroll.addEventListener("scroll", () => {
    if (scroll.scrollTop + 2 * scroll.clientHeight > scroll.scrollHeight) {
        addRows(PORTION);
    }
});

/** Of a text that is marked, that text; else the cell. */
document.addEventListener("copy", (event) => {
    if (result && (document.getSelection()?.isCollapsed ?? true)) {
        event.preventDefault();
        const text = cellValue(rows[selection.row]?.[selection.column]);
        editor.postMessage({ kind: "copy", what: "a cell", text });
    }
});

function chosenFormat(): Format {
    return format.value === "tsv" ? "tsv" : "csv";
}

function onClick(id: string, action: (shown: PreviewResult) => FromPage): void {
    element(id).addEventListener("click", () => {
        if (result) {
            editor.postMessage(action(result));
        }
    });
}

onClick("row", () => {
    const row = rows.slice(selection.row, selection.row + 1);
    return { kind: "copy", what: "a row", text: lines(row, chosenFormat()) };
});
onClick("copy", ({ columns }) => ({
    kind: "copy",
    what: `${rows.length} rows as ${chosenFormat().toUpperCase()}`,
    text: table(columns, rows, chosenFormat()),
}));
onClick("export", ({ columns }) => ({
    kind: "export",
    format: chosenFormat(),
    text: table(columns, rows, chosenFormat()),
}));
onClick("sql", () => ({ kind: "showSql" }));
history.addEventListener("change", () =>
    editor.postMessage({ kind: "history", index: history.selectedIndex }),
);

editor.postMessage({ kind: "ready" });
