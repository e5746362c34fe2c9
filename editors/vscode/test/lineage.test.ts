//! The lineage panel: what is shown of the graph, and where it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Layout, layout } from "../src/graph_layout.ts";
import {
    collapsed,
    edges,
    expanded,
    follow,
    type Graph,
    hidden,
    relatives,
    STEP,
} from "../src/lineage_graph.ts";
import type { Lineage } from "../src/protocol.ts";

/** What a server knows: who reads whom, as "a>b a>c". */
class Project {
    private readonly edges: [string, string][];

    constructor(text: string) {
        this.edges = text.split(" ").map((edge) => edge.split(">") as [string, string]);
    }

    lineage(focus: string, upstream = 1, downstream = 1): Lineage {
        const { parents, children } = this.node(focus);
        const ids = [focus, ...(upstream ? parents : []), ...(downstream ? children : [])];
        return { root: "file:///w", focus, nodes: [...new Set(ids)].sort().map((id) => this.node(id)) };
    }

    private node(id: string): Lineage["nodes"][number] {
        const parents = this.edges.filter(([, to]) => to === id).map(([from]) => from);
        const children = this.edges.filter(([from]) => from === id).map(([, to]) => to);
        return { uniqueId: id, name: id, resourceType: "model", parents, children };
    }
}

const shownIn = (graph: Graph) => [...graph.visible].sort().join(" ");

const SHOP = new Project("raw>stg stg>orders stg>items orders>report items>report report>board");

function grown(): Graph {
    const graph = follow(undefined, SHOP.lineage("orders"));
    const up = expanded(graph, "stg", "upstream", SHOP.lineage("stg", 1, 0));
    return expanded(up, "report", "upstream", SHOP.lineage("report", 1, 0));
}

test("begins with the neighbours and says how many more there are", () => {
    const graph = follow(undefined, SHOP.lineage("orders"));
    assert.equal(shownIn(graph), "orders report stg");
    assert.deepEqual(hidden(graph, "stg", "upstream"), ["raw"]);
    assert.deepEqual(hidden(graph, "stg", "downstream"), ["items"]);
    assert.deepEqual(hidden(graph, "orders", "upstream"), []);
});

test("grows a step at a time, with all edges between what is shown", () => {
    const graph = grown();
    assert.equal(shownIn(graph), "items orders raw report stg");
    assert.deepEqual(
        edges(graph)
            .map((edge) => edge.join(">"))
            .sort(),
        ["items>report", "orders>report", "raw>stg", "stg>items", "stg>orders"],
    );
});

test("collapsing hides what nothing else holds, and never the beginning", () => {
    assert.equal(shownIn(collapsed(grown(), "stg", "upstream")), "items orders report stg");
    assert.equal(shownIn(collapsed(grown(), "stg", "downstream")), "items orders raw report stg");
    const small = follow(undefined, SHOP.lineage("orders"));
    assert.equal(shownIn(collapsed(small, "orders", "downstream")), "orders stg");
    assert.equal(shownIn(collapsed(small, "report", "upstream")), "orders report stg");
});

test("a cursor on something that is shown keeps the graph, elsewhere begins another", () => {
    const graph = follow(grown(), SHOP.lineage("stg"));
    assert.deepEqual([graph.focus, graph.selected], ["orders", "stg"]);
    assert.equal(shownIn(graph), "items orders raw report stg");
    assert.equal(shownIn(follow(graph, SHOP.lineage("board"))), "board report");
});

test("follows an edit: new neighbours come, those that are no longer read go with all that hung on them", () => {
    const edited = new Project("raw>stg stg>items orders>report items>report new>orders");
    const graph = follow(follow(undefined, SHOP.lineage("orders")), edited.lineage("orders"));
    assert.equal(shownIn(graph), "new orders report");
});

test("a node that very many read shows them in portions", () => {
    const wide = new Project(Array.from({ length: 400 }, (_, n) => `a>b${n}`).join(" "));
    const graph = follow(undefined, wide.lineage("a"));
    assert.equal(graph.visible.size, 1 + STEP);
    assert.equal(hidden(graph, "a", "downstream").length, 400 - STEP);
    const more = expanded(graph, "a", "downstream", wide.lineage("a", 0, 1));
    assert.equal(hidden(more, "a", "downstream").length, 400 - 2 * STEP);
});

test("relatives are ancestors and descendants, not siblings", () => {
    assert.deepEqual([...relatives(grown(), "orders")].sort(), ["orders", "raw", "report", "stg"]);
});

const SIZE = { width: 100, height: () => 20, gapX: 50, gapY: 10 };

function laidOut(text: string): Layout {
    const pairs = text.split(" ").map((edge) => edge.split(">") as [string, string]);
    return layout([...new Set(pairs.flat())].sort(), pairs, SIZE);
}

test("what is read stands to the left of what reads it, a source next to its reader", () => {
    const { boxes } = laidOut("raw>stg stg>orders orders>report late>report");
    const layers = [...boxes.values()].map(({ id, layer }) => `${id} ${layer}`);
    assert.deepEqual(layers.sort(), ["late 2", "orders 2", "raw 0", "report 3", "stg 1"]);
});

test("boxes of a layer keep their distance, and the drawing begins at its corner", () => {
    const ids = Array.from({ length: 300 }, (_, n) => `n${n}`);
    const pairs = ids.slice(1).map((id, n): [string, string] => [`n${Math.floor(n / 3)}`, id]);
    const { boxes, height, width } = layout(ids, pairs, SIZE);
    const all = [...boxes.values()];
    const places = all.map(({ layer, y }) => ({ layer, y })).sort((a, b) => a.layer - b.layer || a.y - b.y);
    places.slice(1).forEach(({ layer, y }, index) => {
        const above = places[index];
        assert(
            above && (above.layer < layer || y - above.y >= 29),
            `two boxes are too near in layer ${layer}`,
        );
    });
    assert.equal(Math.min(...all.map((it) => it.y)), 0);
    assert.equal(Math.max(...all.map((it) => it.y + it.height)), height);
    assert.equal(width, 6 * 150 - 50);
});

test("edges that need not cross do not", () => {
    const { boxes } = laidOut("a>z b>y c>x");
    const ys = (ids: string[]) => ids.map((id) => boxes.get(id)?.y);
    assert.deepEqual(ys(["a", "b", "c"]), ys(["z", "y", "x"]));
});

test("an edge passes between the boxes of the layers that it crosses", () => {
    const { boxes, routes } = laidOut("a>b b>c a>c");
    const long = routes.find(({ from, to }) => from === "a" && to === "c");
    const passed = boxes.get("b");
    assert(long && passed);
    assert.equal(long.points.length, 4);
    for (const { y } of long.points.slice(1, 3)) {
        assert(y < passed.y || y > passed.y + passed.height);
    }
});

test("a cycle is drawn, not followed for ever", () => {
    const { boxes, routes } = laidOut("a>b b>c c>a c>d");
    assert.equal(boxes.size, 4);
    assert.equal(routes.length, 4);
});
