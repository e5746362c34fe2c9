//! What the lineage panel shows of the graph, as a value: which nodes are known, which are shown, and how that changes.
//!
//! A node names all of its neighbours, shown or not; edges go by what the reading node says, since that is what an edit
//! changes first. Pure; used by the page and by the tests. Where nodes stand is decided in `graph_layout.ts`.

import type { Lineage, LineageNode } from "./protocol.ts";

export type Direction = "upstream" | "downstream";

export interface Graph {
    /** What the cursor was on when the graph was begun. */
    readonly focus: string;
    /** What the keyboard acts on. */
    readonly selected: string;
    readonly nodes: ReadonlyMap<string, LineageNode>;
    readonly visible: ReadonlySet<string>;
}

/** So many neighbours are shown at a time: a source that a thousand models read does not fill the panel in one step. */
export const STEP = 150;

/** The graph for what the cursor is on now: another one, or the same with its news when it is shown already. */
export function follow(graph: Graph | undefined, lineage: Lineage): Graph {
    if (!graph?.visible.has(lineage.focus)) {
        return begin(lineage);
    }
    const nodes = merged(graph.nodes, lineage);
    const visible = new Set(graph.visible);
    for (const id of newNeighbours(graph.nodes.get(lineage.focus), nodes.get(lineage.focus))) {
        if (nodes.has(id)) {
            visible.add(id);
        }
    }
    const next = { focus: graph.focus, selected: lineage.focus, nodes, visible };
    return { ...next, visible: connected(next, [graph.focus, lineage.focus], () => false) };
}

/** The same with more neighbours of a node, at most a step of them. */
export function expanded(graph: Graph, id: string, direction: Direction, lineage: Lineage): Graph {
    const nodes = merged(graph.nodes, lineage);
    const more = hidden({ ...graph, nodes }, id, direction).filter((it) => nodes.has(it));
    return { ...graph, selected: id, nodes, visible: new Set([...graph.visible, ...more.slice(0, STEP)]) };
}

/** The same with some more nodes, such as those that a column passes through. */
export function joined(graph: Graph, nodes: readonly LineageNode[]): Graph {
    const more = nodes.map((node): [string, LineageNode] => [node.uniqueId, node]);
    const visible = new Set([...graph.visible, ...more.map(([id]) => id)]);
    return { ...graph, nodes: new Map([...graph.nodes, ...more]), visible };
}

/** The same without what is shown for the sake of a node's neighbours in one direction alone. */
export function collapsed(graph: Graph, id: string, direction: Direction): Graph {
    const cut = new Set(shown(graph, id, direction));
    const isCut = (parent: string, child: string) =>
        direction === "upstream" ? child === id && cut.has(parent) : parent === id && cut.has(child);
    return { ...graph, selected: id, visible: connected(graph, [graph.focus, id], isCut) };
}

export function selected(graph: Graph, id: string): Graph {
    return graph.visible.has(id) ? { ...graph, selected: id } : graph;
}

/** The neighbours that are not shown. */
export function hidden(graph: Graph, id: string, direction: Direction): string[] {
    return neighbours(graph, id, direction).filter((it) => !graph.visible.has(it));
}

/** The neighbours that are shown. */
export function shown(graph: Graph, id: string, direction: Direction): string[] {
    return neighbours(graph, id, direction).filter((it) => graph.visible.has(it));
}

/** From what is read to what reads, among the nodes that are shown. */
export function edges(graph: Graph): [string, string][] {
    return [...graph.visible].flatMap((child) =>
        shown(graph, child, "upstream").map((parent): [string, string] => [parent, child]),
    );
}

/** Everything shown that a node is made of or goes into. */
export function relatives(graph: Graph, id: string): Set<string> {
    const found = new Set([id]);
    for (const direction of ["upstream", "downstream"] as const) {
        const waiting = [id];
        const seen = new Set(waiting);
        for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
            for (const next of shown(graph, at, direction).filter((it) => !seen.has(it))) {
                seen.add(next);
                found.add(next);
                waiting.push(next);
            }
        }
    }
    return found;
}

function begin(lineage: Lineage): Graph {
    const nodes = new Map(lineage.nodes.map((node) => [node.uniqueId, node]));
    const start: Graph = {
        focus: lineage.focus,
        selected: lineage.focus,
        nodes,
        visible: new Set([lineage.focus]),
    };
    const up = expanded(start, lineage.focus, "upstream", lineage);
    return expanded(up, lineage.focus, "downstream", lineage);
}

function merged(nodes: ReadonlyMap<string, LineageNode>, lineage: Lineage): Map<string, LineageNode> {
    return new Map([...nodes, ...lineage.nodes.map((node): [string, LineageNode] => [node.uniqueId, node])]);
}

function neighbours(graph: Graph, id: string, direction: Direction): readonly string[] {
    const node = graph.nodes.get(id);
    return (direction === "upstream" ? node?.parents : node?.children) ?? [];
}

/** What an edit has added. */
function newNeighbours(before: LineageNode | undefined, now: LineageNode | undefined): string[] {
    const known = new Set([...(before?.parents ?? []), ...(before?.children ?? [])]);
    return [...(now?.parents ?? []), ...(now?.children ?? [])].filter((id) => !known.has(id));
}

/** What can be reached from the given nodes, in either direction, without the edges that are cut. */
function connected(
    graph: Graph,
    from: readonly string[],
    isCut: (parent: string, child: string) => boolean,
): Set<string> {
    const beside = new Map<string, string[]>([...graph.visible].map((id) => [id, []]));
    for (const [parent, child] of edges(graph)) {
        if (!isCut(parent, child)) {
            beside.get(parent)?.push(child);
            beside.get(child)?.push(parent);
        }
    }
    const reached = new Set(from);
    const waiting = [...reached];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        for (const next of (beside.get(at) ?? []).filter((it) => !reached.has(it))) {
            reached.add(next);
            waiting.push(next);
        }
    }
    return reached;
}
