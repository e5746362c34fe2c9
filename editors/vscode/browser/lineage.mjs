//! The lineage panel, in a real editor.

import assert from "node:assert/strict";

export const NAME = "lineage";

export async function check(window, screenshot) {
    const { page } = window;
    await window.file("int_order_totals.sql", 3);
    await window.command("Dagsmith: Show Lineage");
    const panel = await window.webview("#nodes .node");
    const node = (name) => panel.locator(".node", { has: panel.locator(`.name:text-is("${name}")`) });
    const names = async () => (await panel.locator(".node .name").allTextContents()).sort();
    await node("int_order_totals").waitFor();
    assert.equal(await node("int_order_totals").getAttribute("aria-selected"), "true");

    // Step by step: a button, then a key.
    const before = (await names()).length;
    await node("int_order_items_priced").locator(".more.upstream").click();
    await node("stg_products").waitFor();
    assert((await names()).length > before, "more is shown");
    await node("stg_products").click();
    await window.tab("stg_products.sql").waitFor();
    await page.keyboard.press("ArrowLeft");
    await node("raw_products").waitFor();

    // The keyboard walks, and Enter goes to the file.
    await page.keyboard.press("Home");
    await panel.locator('.node[aria-selected="true"] .name:text-is("int_order_totals")').waitFor();
    await page.keyboard.press("Enter");
    await window.tab("int_order_totals.sql").waitFor();
    await page.locator(".codelens-decoration").first().waitFor();
    await panel.locator("#fit").click();
    await screenshot("lineage-dark");
    await window.toggleTheme();
    await page.locator(".monaco-workbench.vs").waitFor();
    await screenshot("lineage-light");
    await window.toggleTheme();
    await page.locator(".monaco-workbench.vs-dark").waitFor();

    // It follows the cursor to another model, and into YAML.
    await window.file("fct_orders.sql", 1);
    await panel.locator('.node[aria-selected="true"] .name:text-is("fct_orders")').waitFor();
    // The focus stays with the editor: what is typed goes there.
    await page.keyboard.press("ControlOrMeta+p");
    await page.locator(".quick-input-widget input.input").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}
