//! Code lenses, in a real editor: every one that can be clicked does what it says.

import assert from "node:assert/strict";

export const NAME = "lenses";

export async function check(window) {
    const { page } = window;
    await window.file("stg_countries.sql", 1);
    const lens = (title) => page.locator(`.codelens-decoration a:text-is("${title}")`).first();
    const done = (text) => page.locator(".part.statusbar", { hasText: text }).waitFor();
    await lens("Run").click();
    await done(/Running [\w.]*stg_countries: \d+ ok in/);
    await lens("Build").click();
    await done(/Building [\w.]*stg_countries: \d+ ok in/);
    await lens("Test").click();
    await done(/Testing [\w.]*stg_countries: \d+ ok in/);
    await lens("Compiled SQL").click();
    const compiled = page.locator(".editor-instance[aria-label*='compiled'] .view-lines");
    await compiled.filter({ hasText: "from" }).waitFor();
    await lens("Preview").click();
    const grid = await window.webview("#grid tbody tr");
    await grid.locator("#summary", { hasText: "stg_countries" }).waitFor();
    assert((await grid.locator("#grid tbody tr").count()) > 1);
    await page
        .locator(".codelens-decoration a", { hasText: /\d+ upstream, \d+ downstream/ })
        .first()
        .click();
    const graph = await window.webview("#nodes .node");
    await graph.locator("body", { hasText: "stg_countries" }).waitFor();
    await window.command("View: Close All Editor Groups");
}
