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
    await columns(window, panel, node);
    await page.keyboard.press("ControlOrMeta+b");
    await page.locator(".part.sidebar").waitFor({ state: "hidden" });
    const raised = await raisePanel(page, 170);
    await panel.locator("#fit").click();
    for (let n = 0; n < 2; n += 1) {
        await panel.locator("#larger").click();
    }
    await screenshot("lineage-dark");
    await window.toggleTheme();
    await page.locator(".monaco-workbench.vs").waitFor();
    await screenshot("lineage-light");
    await window.toggleTheme();
    await page.locator(".monaco-workbench.vs-dark").waitFor();

    await page.keyboard.press("ControlOrMeta+b");
    await raisePanel(page, -raised);
    await panel.locator("#untrace").click();
    await panel.locator("#edges .of-column").first().waitFor({ state: "detached" });

    // It follows the cursor to another model, and into YAML.
    await window.file("fct_orders.sql", 1);
    await panel.locator('.node[aria-selected="true"] .name:text-is("fct_orders")').waitFor();
    // The focus stays with the editor: what is typed goes there.
    await page.keyboard.press("ControlOrMeta+p");
    await page.locator(".quick-input-widget input.input").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

/** Columns unfold, have a lineage, are walked through by keyboard, and lead to where they are made. */
async function columns(window, panel, node) {
    const { page } = window;
    const column = (name) => node(name[0]).locator(`.column[data-name="${name[1]}"]`);
    const totals = "int_order_totals";

    // By keyboard: the columns with their types, in the model's order.
    await node(totals).locator(".head .name").click();
    await page.keyboard.press("Shift+ArrowDown");
    const first = node(totals).locator(".column").first();
    await first.waitFor();
    assert.equal(await first.getAttribute("aria-selected"), "true");
    assert.match(
        await column([totals, "line_count"]).locator(".kind").textContent(),
        /BIGINT|INTEGER|HUGEINT/,
    );
    for (let n = 0; n < 30; n += 1) {
        if ((await column([totals, "goods_amount"]).getAttribute("aria-selected")) === "true") {
            break;
        }
        await page.keyboard.press("ArrowDown");
    }

    // Enter: its lineage, as edges between columns, with the nodes that it passes through.
    await page.keyboard.press("Enter");
    await panel.locator("#edges .of-column").first().waitFor({ state: "attached" });
    await panel.locator("#summary", { hasText: `${totals}.goods_amount: made of` }).waitFor();
    assert((await panel.locator("#edges .of-column.aggregated").count()) > 0, "a sum is aggregated");
    await page.keyboard.press("ArrowLeft");
    const made = panel.locator('.node:not(.far) .column.traced[aria-selected="true"]');
    await made.waitFor();
    const name = await made.getAttribute("data-name");

    // `g` goes to exactly what makes it; there the cursor is on it, and the panel shows that.
    await page.keyboard.press("g");
    await panel.locator(`.column.cursor[data-name="${name}"]`).waitFor();
    await page.locator(".part.statusbar", { hasText: "selected)" }).waitFor();

    // By mouse.
    await window.file(`${totals}.sql`, 3);
    await panel.locator(`.node[aria-selected="true"] .name:text-is("${totals}")`).waitFor();
    await column([totals, "order_id"]).click();
    await panel.locator("#summary", { hasText: `${totals}.order_id: made of` }).waitFor();
    await column([totals, "goods_amount"]).click();
    await panel.locator("#summary", { hasText: `${totals}.goods_amount: made of` }).waitFor();
}

/** Makes the panel higher, and says by how much. */
async function raisePanel(page, by) {
    const { x, y, width } = await page.locator(".part.panel").boundingBox();
    // Between two parts is what moves their border.
    const from = { x: x + width / 2, y: y - 3 };
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x, from.y - by, { steps: 5 });
    await page.mouse.up();
    return y - (await page.locator(".part.panel").boundingBox()).y;
}
