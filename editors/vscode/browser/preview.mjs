//! The results grid, in a real editor with a real database.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const NAME = "preview";

export async function check(window, screenshot) {
    const { page, workspace } = window;
    await window.file("stg_order_items.sql");
    await window.command("Dagsmith: Preview Rows");
    const grid = await window.webview("#grid tbody tr");
    const column = async (index) => {
        const cells = await grid.locator(`#grid tbody tr td:nth-child(${index})`).allTextContents();
        return cells.map(Number);
    };
    const header = grid.locator("#grid th", { hasText: "product_id" });
    const index = await header.evaluate((it) => it.cellIndex + 1);
    const unsorted = await column(index);
    assert(unsorted.length > 100);

    // Sorted up, down, and as it came.
    await header.locator("button").click();
    await grid.locator('th[aria-sort="ascending"]').waitFor();
    assert.deepEqual(
        await column(index),
        [...unsorted].sort((a, b) => a - b),
    );
    await header.locator("button").click();
    await grid.locator('th[aria-sort="descending"]').waitFor();
    const largest = (await column(index))[0];
    assert.equal(largest, Math.max(...unsorted));

    // A cell by the keyboard, a row, all of it.
    await grid.locator(`#grid tbody tr:first-child td:nth-child(${index})`).click();
    await page.keyboard.press("ControlOrMeta+c");
    await page.locator(".part.statusbar", { hasText: "Copied a cell" }).waitFor();
    assert.equal(await window.clipboard(), String(largest));
    await page.keyboard.press("ArrowDown");
    await grid.locator("#format").selectOption("tsv");
    await grid.locator("#row").click();
    await page.locator(".part.statusbar", { hasText: "Copied a row" }).waitFor();
    const row = await grid.locator("#grid tbody tr:nth-child(2) td").allTextContents();
    assert.equal(await window.clipboard(), `${row.join("\t")}\r\n`);
    await grid.locator("#copy").click();
    await page.locator(".part.statusbar", { hasText: "rows as TSV" }).waitFor();
    const all = (await window.clipboard()).trimEnd().split("\r\n");
    assert.equal(all.length, unsorted.length + 1);
    assert.equal(all[0]?.split("\t")[index - 1], "product_id");

    // Into a file.
    await grid.locator("#format").selectOption("csv");
    await grid.locator("#export").click();
    const name = page.locator(".quick-input-widget input.input").first();
    await name.waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".part.statusbar", { hasText: "Exported to" }).waitFor();
    const file = join(workspace, "stg_order_items.csv");
    assert(existsSync(file), "the file is where the dialog said");
    assert.equal(readFileSync(file, "utf8").trimEnd().split("\r\n").length, unsorted.length + 1);

    // Another preview, and back to the first.
    await page.locator(".monaco-editor .view-lines").first().click();
    await window.file("stg_products.sql");
    await window.command("Dagsmith: Preview Rows");
    await grid.locator("#summary", { hasText: "stg_products" }).waitFor();
    await page.keyboard.press("ControlOrMeta+b");
    await page.locator(".part.sidebar").waitFor({ state: "hidden" });
    await page.locator(".notifications-toasts .notification-list-item").first().waitFor({ state: "hidden" });
    await screenshot("preview");
    await page.keyboard.press("ControlOrMeta+b");
    assert.equal(await grid.locator("#history option").count(), 2);
    await grid.locator("#history").selectOption({ index: 1 });
    await grid.locator("#summary", { hasText: "stg_order_items" }).waitFor();
}
