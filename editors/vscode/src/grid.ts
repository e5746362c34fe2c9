//! The rows of a preview: sorting, and text for cells, CSV and TSV. Pure; used by the webview and by the tests.

import type { Cell } from "./protocol.ts";

export type Direction = "ascending" | "descending";

/** What is shown in a cell. */
export function cellText(cell: Cell | undefined): string {
    return cell === null || cell === undefined ? "NULL" : String(cell);
}

/** Whether every value of a column is a number or written like one: such columns sort and align as numbers. */
export function isNumeric(rows: readonly Cell[][], column: number): boolean {
    const values = rows.map((row) => row[column]).filter((cell) => cell !== null && cell !== undefined);
    return values.length > 0 && values.every((cell) => numberOf(cell) !== undefined);
}

/** A sorted copy; equal rows keep their order, nulls come last in both directions. */
export function sorted(rows: readonly Cell[][], column: number, direction: Direction): Cell[][] {
    const compare = isNumeric(rows, column) ? compareNumbers : compareTexts;
    const sign = direction === "ascending" ? 1 : -1;
    return [...rows].sort((left, right) => {
        const a = left[column] ?? null;
        const b = right[column] ?? null;
        if (a === null || b === null) {
            return Number(a === null) - Number(b === null);
        }
        return sign * compare(a, b);
    });
}

/** For people and programs: separated by commas, or by tabs, which spreadsheets take when they are pasted. */
export type Format = "csv" | "tsv";

const SEPARATORS: Readonly<Record<Format, string>> = { csv: ",", tsv: "\t" };

/** RFC 4180, with the header. Null is an empty field, an empty text is a quoted one. */
export function table(
    columns: readonly { name: string }[],
    rows: readonly (readonly Cell[])[],
    format: Format,
): string {
    return lines([columns.map((column) => column.name), ...rows], format);
}

/** Rows alone. */
export function lines(rows: readonly (readonly Cell[])[], format: Format): string {
    const separator = SEPARATORS[format];
    const line = (row: readonly Cell[]) => row.map((cell) => field(cell, separator)).join(separator);
    return rows.map((row) => `${line(row)}\r\n`).join("");
}

/** What is copied of a single cell: its value, without quotes; nothing for null. */
export function cellValue(cell: Cell | undefined): string {
    return cell === null || cell === undefined ? "" : String(cell);
}

function field(cell: Cell, separator: string): string {
    if (cell === null) {
        return "";
    }
    const text = String(cell);
    const isPlain = text !== "" && !text.includes(separator) && !/["\r\n]|^\s|\s$/.test(text);
    return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

function numberOf(cell: Cell | undefined): number | undefined {
    if (typeof cell === "number") {
        return cell;
    }
    return typeof cell === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell) ? Number(cell) : undefined;
}

function compareNumbers(a: Cell, b: Cell): number {
    // Integers beyond 2^53 come as strings, and may differ where the numbers do not.
    if (isIntegerText(a) && isIntegerText(b)) {
        const difference = BigInt(a) - BigInt(b);
        return difference < 0n ? -1 : Number(difference > 0n);
    }
    return (numberOf(a) ?? 0) - (numberOf(b) ?? 0);
}

function isIntegerText(cell: Cell): cell is string {
    return typeof cell === "string" && /^-?\d+$/.test(cell);
}

function compareTexts(a: Cell, b: Cell): number {
    const left = String(a);
    const right = String(b);
    return left < right ? -1 : Number(left > right);
}
