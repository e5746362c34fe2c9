// Where the nodes of a lineage stand: in columns from left to right by their longest way from a beginning, in each
// column near the middle of what they are connected with. The edges between two neighbouring columns are enough for
// that; longer ones are drawn over what lies between.

export const WIDTH = 190;
export const HEIGHT = 30;
const GAP_X = 70;
const GAP_Y = 12;

/** @typedef {{ id: string, x: number, y: number }} Place */

/** @param {string[]} ids @param {(id: string) => string[]} parentsOf */
export function layout(ids, parentsOf) {
  const shown = new Set(ids);
  const parents = new Map(ids.map((id) => [id, parentsOf(id).filter((parent) => shown.has(parent))]));
  /** @type {Map<string, string[]>} */
  const children = new Map(ids.map((id) => [id, []]));
  for (const [id, above] of parents) for (const parent of above) children.get(parent)?.push(id);
  const columns = inColumns(ids, parents, children);
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const near = sweep % 2 ? children : parents;
    const order = sweep % 2 ? [...columns].reverse() : columns;
    const row = rows(columns);
    for (const column of order) {
      const middle = new Map(column.map((id) => {
        const around = near.get(id) ?? [];
        const sum = around.reduce((total, other) => total + (row.get(other) ?? 0), 0);
        return [id, around.length ? sum / around.length : row.get(id) ?? 0];
      }));
      column.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (a < b ? -1 : 1));
      column.forEach((id, n) => row.set(id, n - column.length / 2));
    }
  }
  /** @type {Map<string, Place>} */
  const places = new Map();
  columns.forEach((column, x) => column.forEach((id, y) => places.set(id, {
    id, x: x * (WIDTH + GAP_X), y: (y - column.length / 2) * (HEIGHT + GAP_Y),
  })));
  const edges = ids.flatMap((id) => (parents.get(id) ?? []).map((parent) => ({ from: parent, to: id })));
  return { places, edges };
}

/** @param {string[]} ids @param {Map<string, string[]>} parents @param {Map<string, string[]>} children */
function inColumns(ids, parents, children) {
  const waiting = new Map(ids.map((id) => [id, parents.get(id)?.length ?? 0]));
  const depth = new Map(ids.map((id) => [id, 0]));
  const ready = ids.filter((id) => !waiting.get(id));
  for (let at = 0; at < ready.length; at += 1) {
    for (const child of children.get(ready[at]) ?? []) {
      depth.set(child, Math.max(depth.get(child) ?? 0, (depth.get(ready[at]) ?? 0) + 1));
      waiting.set(child, (waiting.get(child) ?? 1) - 1);
      if (!waiting.get(child)) ready.push(child);
    }
  }
  // Beginnings move towards what they feed, so that edges stay short.
  for (const id of [...ready].reverse()) {
    const below = (children.get(id) ?? []).map((child) => depth.get(child) ?? 0);
    if (below.length && !(parents.get(id) ?? []).length) depth.set(id, Math.min(...below) - 1);
  }
  /** @type {string[][]} */
  const columns = [];
  for (const id of ids) (columns[depth.get(id) ?? 0] ??= []).push(id);
  return Array.from(columns, (column) => column ?? []).filter((column) => column.length);
}

/** @param {string[][]} columns */
function rows(columns) {
  return new Map(columns.flatMap((column) => column.map((id, n) => /** @type {[string, number]} */ ([id, n - column.length / 2]))));
}
