//! Where the nodes of a graph stand: in layers from left to right, what is read to the left of what reads it.
//!
//! The usual four steps: layers by the longest path, places for edges that pass through layers, an order in each layer
//! with few crossings, and heights near those of the neighbours. Pure, deterministic, and fast enough for a thousand nodes.

export interface Size {
    width: number;
    height(id: string): number;
    /** Between two layers. */
    gapX: number;
    /** Between two nodes of a layer. */
    gapY: number;
}

export interface Box {
    id: string;
    layer: number;
    x: number;
    y: number;
    width: number;
    height: number;
}

export interface Route {
    from: string;
    to: string;
    /** From the right side of one box to the left side of the other, and where it passes through layers. */
    points: { x: number; y: number }[];
}

export interface Layout {
    boxes: Map<string, Box>;
    routes: Route[];
    width: number;
    height: number;
}

/** A node, or the place where an edge passes through a layer. */
interface Vertex {
    id: string | undefined;
    layer: number;
    height: number;
    /** Of its middle. */
    y: number;
    before: Vertex[];
    after: Vertex[];
}

interface Chain {
    from: string;
    to: string;
    vertices: Vertex[];
}

const ORDER_SWEEPS = 8;
const HEIGHT_SWEEPS = 6;
/** What an edge that passes through takes up. */
const PASSAGE = 6;

export function layout(
    ids: readonly string[],
    edges: readonly (readonly [string, string])[],
    size: Size,
): Layout {
    const layerOf = layers(ids, edges);
    const { rows, chains } = vertices(ids, edges, layerOf, size);
    order(rows);
    place(rows, size.gapY);
    return drawn(rows, chains, size);
}

/** As far left as its parents let it stand; what has none stands next to its first reader. */
function layers(ids: readonly string[], edges: readonly (readonly [string, string])[]): Map<string, number> {
    const after = groups(edges);
    const order = topological(ids, after);
    const position = new Map(order.map((id, index) => [id, index]));
    const layerOf = new Map(ids.map((id) => [id, 0]));
    const readersOf = (id: string) =>
        // Others close a cycle: a project with one is broken, and shown all the same.
        (after.get(id) ?? []).filter((child) => (position.get(child) ?? 0) > (position.get(id) ?? 0));
    for (const id of order) {
        const next = (layerOf.get(id) ?? 0) + 1;
        for (const child of readersOf(id)) {
            layerOf.set(child, Math.max(layerOf.get(child) ?? 0, next));
        }
    }
    const hasParents = new Set(order.flatMap(readersOf));
    for (const id of order.filter((it) => !hasParents.has(it))) {
        const readers = readersOf(id).map((child) => layerOf.get(child) ?? 1);
        layerOf.set(id, readers.length === 0 ? 0 : Math.min(...readers) - 1);
    }
    return layerOf;
}

/** What is read before what reads it, but where there is a cycle. */
function topological(ids: readonly string[], after: ReadonlyMap<string, string[]>): string[] {
    const seen = new Set<string>();
    const finished: string[] = [];
    const visit = (id: string) => {
        if (!seen.has(id)) {
            seen.add(id);
            after.get(id)?.forEach(visit);
            finished.push(id);
        }
    };
    ids.forEach(visit);
    return finished.reverse();
}

function vertices(
    ids: readonly string[],
    edges: readonly (readonly [string, string])[],
    layerOf: ReadonlyMap<string, number>,
    size: Size,
): { rows: Vertex[][]; chains: Chain[] } {
    const rows: Vertex[][] = [];
    const add = (id: string | undefined, layer: number, height: number): Vertex => {
        const vertex = { id, layer, height, y: 0, before: [], after: [] };
        while (rows.length <= layer) {
            rows.push([]);
        }
        rows[layer]?.push(vertex);
        return vertex;
    };
    const byId = new Map(ids.map((id) => [id, add(id, layerOf.get(id) ?? 0, size.height(id))]));
    const chains: Chain[] = [];
    for (const [from, to] of edges) {
        const start = byId.get(from);
        const end = byId.get(to);
        if (start === undefined || end === undefined) {
            continue;
        }
        const chain = [start];
        for (let layer = start.layer + 1; layer < end.layer; layer += 1) {
            chain.push(add(undefined, layer, PASSAGE));
        }
        chain.push(end);
        chain.forEach((vertex, index) => {
            const next = chain[index + 1];
            if (next !== undefined && vertex.layer < next.layer) {
                vertex.after.push(next);
                next.before.push(vertex);
            }
        });
        chains.push({ from, to, vertices: chain });
    }
    return { rows, chains };
}

/** Sorts each layer by the middle of the neighbours in the layer before it, to and fro. */
function order(rows: Vertex[][]): void {
    rows.forEach(number);
    for (let sweep = 0; sweep < ORDER_SWEEPS; sweep += 1) {
        const side = sweep % 2 === 0 ? "before" : "after";
        for (const row of side === "before" ? rows : [...rows].reverse()) {
            row.forEach((vertex) => {
                vertex.y = middle(vertex, side);
            });
            row.sort((a, b) => a.y - b.y);
            number(row);
        }
    }
}

/** Where a vertex is drawn to by its neighbours on one side; where it is, if it has none. */
function middle(vertex: Vertex, side: "before" | "after"): number {
    const beside = vertex[side];
    return beside.length === 0 ? vertex.y : beside.reduce((sum, it) => sum + it.y, 0) / beside.length;
}

/** Relative to the layer, or a long layer would pull a short one to one end. */
function number(row: readonly Vertex[]): void {
    row.forEach((vertex, index) => {
        vertex.y = (index + 0.5) / row.length;
    });
}

/** Heights near the neighbours' mean, as far as the order and the gaps allow. */
function place(rows: readonly Vertex[][], gap: number): void {
    for (const row of rows) {
        let y = 0;
        for (const vertex of row) {
            vertex.y = y + vertex.height / 2;
            y += vertex.height + gap;
        }
        for (const vertex of row) {
            vertex.y -= y / 2;
        }
    }
    for (let sweep = 0; sweep < HEIGHT_SWEEPS; sweep += 1) {
        const side = sweep % 2 === 0 ? "after" : "before";
        for (const row of side === "before" ? rows : [...rows].reverse()) {
            const wishes = row.map((vertex) => middle(vertex, side));
            settle(row, wishes, gap);
        }
    }
}

/** The heights nearest to what is wished for: neighbours that want to stand in each other's place share their middle. */
function settle(row: readonly Vertex[], wishes: readonly number[], gap: number): void {
    const offsets: number[] = [];
    const blocks: { sum: number; count: number }[] = [];
    let offset = 0;
    row.forEach((vertex, index) => {
        const above = row[index - 1];
        offset += above === undefined ? 0 : (above.height + vertex.height) / 2 + gap;
        offsets.push(offset);
        let block = { sum: (wishes[index] ?? 0) - offset, count: 1 };
        for (let last = blocks.at(-1); last && last.sum / last.count > block.sum / block.count; ) {
            block = { sum: block.sum + last.sum, count: block.count + last.count };
            blocks.pop();
            last = blocks.at(-1);
        }
        blocks.push(block);
    });
    let index = 0;
    for (const block of blocks) {
        for (let n = 0; n < block.count; n += 1, index += 1) {
            const vertex = row[index];
            if (vertex !== undefined) {
                vertex.y = block.sum / block.count + (offsets[index] ?? 0);
            }
        }
    }
}

function drawn(rows: readonly Vertex[][], chains: readonly Chain[], size: Size): Layout {
    const all = rows.flat();
    const top = Math.min(...all.map((it) => it.y - it.height / 2), Number.POSITIVE_INFINITY);
    const bottom = Math.max(...all.map((it) => it.y + it.height / 2), Number.NEGATIVE_INFINITY);
    const xOf = (layer: number) => layer * (size.width + size.gapX);
    const boxes = new Map<string, Box>();
    for (const { id, layer, y, height } of all) {
        if (id !== undefined) {
            const box = { id, layer, x: xOf(layer), y: Math.round(y - height / 2 - top), height };
            boxes.set(id, { ...box, width: size.width });
        }
    }
    const routes = chains.map(({ from, to, vertices }) => ({
        from,
        to,
        points: vertices.flatMap(({ layer, y }, index) => {
            const left = { x: xOf(layer), y: y - top };
            const right = { x: xOf(layer) + size.width, y: y - top };
            return index === 0 ? [right] : index === vertices.length - 1 ? [left] : [left, right];
        }),
    }));
    return {
        boxes,
        routes,
        width: rows.length === 0 ? 0 : xOf(rows.length - 1) + size.width,
        height: all.length === 0 ? 0 : Math.ceil(bottom - top),
    };
}

function groups(edges: readonly (readonly [string, string])[]): Map<string, string[]> {
    const after = new Map<string, string[]>();
    for (const [from, to] of edges) {
        const known = after.get(from);
        if (known === undefined) {
            after.set(from, [to]);
        } else {
            known.push(to);
        }
    }
    return after;
}
