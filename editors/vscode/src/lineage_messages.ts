//! What the extension and the page of the lineage panel say to each other.

import type { Direction } from "./lineage_graph.ts";
import type { ColumnLineage, ColumnName, Lineage, LineageNode, NodeColumns } from "./protocol.ts";

export type ToPage =
    /**
     * What the cursor is on now.
     *
     * @property anew whether to begin with it even if it is shown already
     * @property column under the cursor
     * @property edited whether what was said of columns may no longer hold
     */
    | { kind: "at"; lineage: Lineage; anew: boolean; column?: ColumnName; edited: boolean }
    /** The columns of a node that were asked for. */
    | { kind: "columns"; id: string; columns: NodeColumns }
    /** The lineage of a column, and the nodes that it passes through. */
    | { kind: "trace"; trace: ColumnLineage; nodes: LineageNode[] }
    /** The neighbours that were asked for. */
    | { kind: "more"; id: string; direction: Direction; lineage: Lineage }
    /** There is nothing to show, and why. */
    | { kind: "nothing"; message: string };

export type FromPage =
    /** The page has (re)loaded and wants its graph. */
    | { kind: "ready" }
    | { kind: "more"; id: string; direction: Direction }
    /** Begin with this node, wherever the cursor is. */
    | { kind: "center"; id: string }
    /** @property focus whether the cursor goes there, too */
    | { kind: "open"; id: string; focus: boolean }
    | { kind: "columns"; id: string }
    | { kind: "trace"; column: ColumnName }
    | { kind: "openColumn"; column: ColumnName; focus: boolean }
    | { kind: "follow"; on: boolean };

export const LINEAGE_BODY = `<header>
<span id="summary" role="status"></span>
<span id="actions">
<button id="untrace" type="button" title="Hide the lineage of the column (Escape)" hidden>Hide column lineage</button>
<button id="follow" type="button" aria-pressed="true" title="Show what the cursor is on">Follow cursor</button>
<button id="center" type="button" title="Begin with the selected node (c)">Center</button>
<button id="smaller" type="button" title="Smaller (-)" aria-label="Smaller">−</button>
<button id="larger" type="button" title="Larger (+)" aria-label="Larger">+</button>
<button id="fit" type="button" title="Show all of it (f)">Fit</button>
</span>
</header>
<main id="scroll"><div id="canvas"><svg id="edges" aria-hidden="true"></svg><div id="nodes" role="tree" aria-label="Lineage"></div></div></main>`;

/** "orders: 12 nodes" */
export function lineageSummary(name: string, count: number): string {
    return `${name}: ${count} ${count === 1 ? "node" : "nodes"}`;
}
