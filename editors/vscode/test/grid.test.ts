//! The results grid: sorting, CSV, and the page's promise that nothing foreign runs in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellText, cellValue, isNumeric, lines, sorted, table } from "../src/grid.ts";
import { LINEAGE_BODY } from "../src/lineage_messages.ts";
import { pageHtml } from "../src/page_html.ts";
import { historyLabel, type Preview, remembered } from "../src/preview_history.ts";
import { PREVIEW_BODY } from "../src/preview_messages.ts";

test("sorts numbers as numbers, also those that come as text", () => {
    const rows = [["10"], ["9.5"], [null], ["-1e3"]];
    assert(isNumeric(rows, 0));
    assert.deepEqual(sorted(rows, 0, "ascending"), [["-1e3"], ["9.5"], ["10"], [null]]);
    assert.deepEqual(sorted(rows, 0, "descending"), [["10"], ["9.5"], ["-1e3"], [null]]);
});

test("tells integers apart that a double cannot", () => {
    const rows = [["9007199254740993"], ["9007199254740992"], ["-9007199254740993"], ["-9007199254740992"]];
    assert.deepEqual(sorted(rows, 0, "ascending").flat(), [
        "-9007199254740993",
        "-9007199254740992",
        "9007199254740992",
        "9007199254740993",
    ]);
});

test("sorts text by code points, keeps the order of equals, leaves the original alone", () => {
    const rows = [
        ["b", 1],
        ["a", 2],
        ["b", 3],
    ];
    assert.deepEqual(sorted(rows, 0, "ascending"), [
        ["a", 2],
        ["b", 1],
        ["b", 3],
    ]);
    assert.deepEqual(rows[0], ["b", 1]);
});

test("a column with one text is a column of text", () => {
    assert(!isNumeric([["1"], ["x"]], 0));
    assert(!isNumeric([[null]], 0));
    assert(!isNumeric([["2024-01-01"]], 0));
});

test("shows null, false and empty text apart", () => {
    assert.deepEqual([null, false, "", 0].map(cellText), ["NULL", "false", "", "0"]);
});

test("writes CSV that reads back as it was", () => {
    const columns = [{ name: "id" }, { name: "the, name" }];
    const rows = [
        [1, 'say "hi"'],
        [null, ""],
        [true, "two\nlines"],
        [0.5, " padded"],
    ];
    assert.equal(
        table(columns, rows, "csv"),
        'id,"the, name"\r\n1,"say ""hi"""\r\n,""\r\ntrue,"two\nlines"\r\n0.5," padded"\r\n',
    );
});

test("writes TSV for spreadsheets, with quotes where a tab or a line end needs them", () => {
    const rows = [[1, "a\tb", "c,d", null]];
    assert.equal(lines(rows, "tsv"), '1\t"a\tb"\tc,d\t\r\n');
    assert.equal(lines(rows, "csv"), '1,a\tb,"c,d",\r\n');
});

test("a single cell is copied as it is", () => {
    assert.deepEqual([null, 'say "hi"', 0.5, undefined].map(cellValue), ["", 'say "hi"', "0.5", ""]);
});

function preview(n: number, nRows = 1): Preview {
    const rows = Array.from({ length: nRows }, () => [1]);
    const columns = [{ name: "n", type: "INTEGER" }];
    const result = { uri: "file:///a.sql", columns, rows, truncated: false, sql: "select 1", elapsedMs: 1 };
    return { title: `p${n}`, result, at: new Date(2026, 0, 2, 3, 4, n) };
}

test("the newest previews are remembered, as many as memory allows", () => {
    let history: Preview[] = [];
    for (let n = 0; n < 30; n += 1) {
        history = remembered(history, preview(n));
    }
    assert.deepEqual([history.length, history[0]?.title, history.at(-1)?.title], [20, "p29", "p10"]);
    const large = remembered(remembered(history, preview(30, 1_500_000)), preview(31, 1_500_000));
    assert.deepEqual(
        large.map(({ title }) => title),
        ["p31"],
    );
});

test("a preview of the past is named by its time and size", () => {
    assert.equal(historyLabel(preview(5, 2)), "03:04:05 p5: 2 rows");
});

test("a page allows its own script and style, and nothing else", () => {
    const html = pageHtml("Preview", `${PREVIEW_BODY}${LINEAGE_BODY}`, {
        nonce: "n0nce",
        cspSource: "https://host",
        scriptUri: "https://host/preview.js?a&b",
        styleUri: "https://host/preview.css",
    });
    const policy = /content="(default-src[^"]*)"/.exec(html)?.[1];
    assert.equal(policy, "default-src 'none'; style-src https://host; script-src 'nonce-n0nce'");
    assert.deepEqual(html.match(/<script[^>]*>/g), [
        '<script nonce="n0nce" src="https://host/preview.js?a&amp;b">',
    ]);
    assert.doesNotMatch(html, /style=|onclick=|javascript:/);
});
