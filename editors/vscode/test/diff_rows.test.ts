import assert from "node:assert/strict";
import { test } from "node:test";
import { diffRows, diffSummary } from "../src/diff_rows.ts";
import type { DiffResult } from "../src/protocol.ts";

const DIFF: DiffResult = {
    uri: "file:///p/models/orders.sql",
    columns: ["id", "kind"],
    addedColumns: ["came"],
    removedColumns: [],
    retypedColumns: [{ name: "kind", before: "INTEGER", after: "VARCHAR" }],
    before: 3,
    after: 4,
    added: 2,
    removed: 1,
    rows: [
        { change: "removed", values: [1, "a"] },
        { change: "added", values: [1, "b"] },
    ],
    sql: "select 1",
    elapsedMs: 5,
};

test("rows say which side has them", () => {
    const shown = diffRows(DIFF);
    assert.deepEqual(
        shown.columns.map(({ name }) => name),
        ["change", "id", "kind"],
    );
    assert.deepEqual(shown.rows, [
        ["−", 1, "a"],
        ["+", 1, "b"],
    ]);
    assert.equal(shown.truncated, true);
});

test("a difference is told in a line", () => {
    assert.equal(
        diffSummary(DIFF),
        "2 rows added, 1 removed (3 before, 4 after); columns added: came; kind: INTEGER → VARCHAR",
    );
    const same = { ...DIFF, added: 0, removed: 0, addedColumns: [], retypedColumns: [] };
    assert.equal(diffSummary(same), "no difference in 4 rows");
});
