//! The lineage panel: which columns are shown, and the lineage of one of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    type ColumnState,
    columnEdges,
    columnNeighbours,
    columnRows,
    doubt,
    FEW,
    folded,
    NO_COLUMNS,
    tracedNodes,
    traceSummary,
    unfolded,
} from "../src/lineage_columns.ts";
import { follow, joined } from "../src/lineage_graph.ts";
import type { ColumnLineage, ColumnName, NodeColumns } from "../src/protocol.ts";

function column(text: string): ColumnName {
    const [uniqueId = "", name = ""] = text.split(".");
    return { uniqueId, name };
}

/** The lineage of a column, from edges such as "raw.id>stg.id". */
function lineage(focus: string, text: string): ColumnLineage {
    const edges = text.split(" ").map((edge) => {
        const [from = "", to = ""] = edge.split(">");
        return { from: column(from), to: column(to), kind: "direct" as const };
    });
    const names = new Set([focus, ...edges.flatMap(({ from, to }) => [from, to]).map(shown)]);
    return { root: "file:///w", focus: column(focus), columns: [...names].map(column), edges };
}

const shown = ({ uniqueId, name }: ColumnName) => `${uniqueId}.${name}`;

function columnsOf(id: string, names: string[], complete = true): NodeColumns {
    return { columns: names.map((name) => ({ uniqueId: id, name })), complete };
}

const names = (state: ColumnState, id: string) => columnRows(state, id).rows.map((row) => row.column.name);

const TRACE = lineage(
    "orders.amount",
    "stg.cents>orders.amount raw.cents>stg.cents orders.amount>report.total",
);

test("an unfolded node shows its columns in their order, and none when it is folded again", () => {
    const open = unfolded(NO_COLUMNS, "stg", columnsOf("stg", ["id", "cents"]));
    assert.deepEqual(names(open, "stg"), ["id", "cents"]);
    assert.deepEqual(names(folded(open, "stg"), "stg"), []);
});

test("a node that is folded shows what is traced, and what the cursor is on", () => {
    const state = { ...NO_COLUMNS, trace: TRACE, cursor: column("stg.id") };
    assert.deepEqual(names(state, "stg"), ["cents", "id"]);
    assert.deepEqual(names(state, "report"), ["total"]);
    const [cents, id] = columnRows(state, "stg").rows;
    assert.deepEqual([cents?.isTraced, cents?.isCursor], [true, false]);
    assert.deepEqual([id?.isTraced, id?.isCursor], [false, true]);
    assert.equal(columnRows(state, "orders").rows[0]?.isFocus, true);
});

test("the case of a name does not matter", () => {
    const open = unfolded(NO_COLUMNS, "stg", columnsOf("stg", ["ID"]));
    const [row] = columnRows({ ...open, cursor: column("stg.id") }, "stg").rows;
    assert.equal(row?.isCursor, true);
});

test("of many columns the first are shown, and those that matter", () => {
    const many = Array.from({ length: 100 }, (_, n) => `c${n}`);
    const open = unfolded(NO_COLUMNS, "wide", columnsOf("wide", many, false));
    const state = { ...open, cursor: column("wide.c70") };
    const { rows, nHidden, isPartial } = columnRows(state, "wide");
    assert.equal(rows.length, FEW + 1);
    assert.equal(rows.at(-1)?.column.name, "c70");
    assert.equal(nHidden, 99 - FEW);
    assert.equal(isPartial, true);
    assert.equal(columnRows({ ...state, whole: new Set(["wide"]) }, "wide").nHidden, 0);
});

test("edges are drawn between nodes that are shown", () => {
    const state = { ...NO_COLUMNS, trace: TRACE };
    const edges = columnEdges(state, new Set(["stg", "orders"]));
    assert.deepEqual(
        edges.map(({ from, to }) => `${shown(from)}>${shown(to)}`),
        ["stg.cents>orders.amount"],
    );
    assert.deepEqual(columnNeighbours(state, column("stg.CENTS"), "from").map(shown), ["raw.cents"]);
    assert.deepEqual(columnNeighbours(state, column("stg.cents"), "to").map(shown), ["orders.amount"]);
});

test("a lineage brings the nodes that it passes through, those upstream and near first", () => {
    assert.deepEqual(tracedNodes(TRACE, 9), ["orders", "stg", "raw", "report"]);
    assert.deepEqual(tracedNodes(TRACE, 2), ["orders", "stg"]);
    const node = (uniqueId: string, parents: string[]) => ({
        uniqueId,
        name: uniqueId,
        resourceType: "model",
        parents,
        children: [],
    });
    const graph = follow(undefined, { root: "file:///w", focus: "orders", nodes: [node("orders", ["stg"])] });
    const more = joined(graph, [node("stg", ["raw"]), node("raw", [])]);
    assert.deepEqual([...more.visible].sort(), ["orders", "raw", "stg"]);
    assert.equal(more.selected, "orders");
});

test("a lineage with a cycle ends", () => {
    const round = lineage("a.x", "a.x>b.x b.x>a.x");
    assert.deepEqual(tracedNodes(round, 9), ["a", "b"]);
});

test("the summary counts, and says what is uncertain", () => {
    assert.equal(traceSummary(TRACE, "orders"), "orders.amount: made of 2 columns, part of 1");
    const [first, ...others] = TRACE.columns;
    assert(first);
    const columns = [{ ...first, confidence: "likely" as const }, ...others];
    assert.equal(
        traceSummary({ ...TRACE, columns }, "orders"),
        "orders.amount: made of 2 columns, part of 1, 1 of them uncertain",
    );
    assert.match(doubt("likely") ?? "", /guess/);
    assert.equal(doubt("certain"), undefined);
});
