//! The compiled view, in a real editor: follows edits, marks what belongs to the cursor, and what is wrong.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NAME = "compiled";

export async function check(window, screenshot) {
    const { page, workspace } = window;
    const file = join(workspace, "models/intermediate/orders/int_order_totals.sql");
    const before = readFileSync(file, "utf8");
    await window.file("int_order_totals.sql", 1);
    await page.keyboard.press("ControlOrMeta+b");
    await page.locator(".part.sidebar").waitFor({ state: "hidden" });
    const hasPanel = await page.locator(".part.panel").isVisible();
    if (hasPanel) {
        await page.keyboard.press("ControlOrMeta+j");
        await page.locator(".part.panel").waitFor({ state: "hidden" });
    }
    await window.command("Dagsmith: Show Compiled SQL to the Side");
    const view = page.locator(".editor-instance[aria-label*='compiled']");
    const lines = view.locator(".view-lines");
    await lines.filter({ hasText: "from" }).waitFor();
    assert.equal(await lines.filter({ hasText: "{{" }).count(), 0);

    // The cursor on an expression marks what it gives.
    await window.file("int_order_totals.sql", 1);
    const source = page.locator(".editor-instance:not([aria-label*='compiled'])");
    await source.locator(".view-line", { hasText: "ref(" }).first().click();
    await view.locator(".view-overlays [class*='ced-']").first().waitFor({ state: "attached" });

    // A column that is not there: squiggles in both, at what a macro wrote too.
    await window.file("int_order_totals.sql", 1);
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.press("Backspace");
    await page.keyboard.type(", {{ cents_to_amount('no_such') }}");
    await page.keyboard.press("Escape");
    await lines.filter({ hasText: "no_such" }).waitFor();
    await view.locator(".squiggly-error").first().waitFor({ state: "attached" });
    await screenshot("compiled");
    if (hasPanel) {
        await page.keyboard.press("ControlOrMeta+j");
    }
    await page.keyboard.press("ControlOrMeta+b");

    // From the compiled text back to what made it.
    await lines.locator(".view-line", { hasText: "group by" }).getByText("no_such").click();
    await source.locator(".view-overlays [class*='ced-']").first().waitFor({ state: "attached" });
    await page.keyboard.press("F12");
    // Two places: the call in the model, and the macro.
    await page.locator(".peekview-widget", { hasText: "money.sql" }).waitFor();
    await page.keyboard.press("Escape");
    await source.locator(".view-line", { hasText: "group by" }).first().click();
    // The editor saves by itself.
    await page.locator(".tab.dirty").waitFor({ state: "detached" });
    writeFileSync(file, before);
    await view.locator(".squiggly-error").first().waitFor({ state: "detached" });
    await window.command("View: Close Other Editors in Group");
}
