//! What the extension and the page of the lineage panel say to each other.

import type { Direction } from "./lineage_graph.ts";
import type { Lineage } from "./protocol.ts";

export type ToPage =
    /** What the cursor is on now. @property anew whether to begin with it even if it is shown already */
    | { kind: "at"; lineage: Lineage; anew: boolean }
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
    | { kind: "follow"; on: boolean };

export const LINEAGE_BODY = `<header>
<span id="summary" role="status"></span>
<span id="actions">
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
