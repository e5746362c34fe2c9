//! What only asks the warehouse, and the menu of the editor, in a real editor with a real database.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NAME = "asking";

export async function check(window) {
    const { page, workspace } = window;
    const file = join(workspace, "models/staging/reference/stg_countries.sql");
    const before = readFileSync(file, "utf8");
    const done = (text) => page.locator(".part.statusbar", { hasText: text }).waitFor();
    const input = page.locator(".quick-input-widget input.input").first();
    const item = (name) => page.locator(".quick-input-list .monaco-list-row", { hasText: name });

    // The rows that an edit takes away.
    await window.file("stg_countries.sql", 1);
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type("where region = 'DACH'");
    await page.keyboard.press("Escape");
    await window.command("Dagsmith: Compare Rows with What Was Built");
    const grid = await window.webview("#grid tbody tr");
    await grid.locator("#summary", { hasText: "changes of" }).waitFor();
    await done(/stg_countries: .*removed/);
    assert((await grid.locator("#grid tbody tr").count()) > 1);
    await page.locator(".tab.dirty").waitFor({ state: "detached" });
    writeFileSync(file, before);
    await window.command("View: Close All Editor Groups");

    // From the menu of the editor.
    await window.file("stg_countries.sql", 1);
    await page.locator(".view-line", { hasText: "from" }).first().click({ button: "right" });
    const entry = (name) => page.locator(`.monaco-menu .action-label:text-is("${name}")`);
    await entry("Dagsmith").hover();
    await entry("Preview Rows").click();
    const rows = await window.webview("#grid tbody tr");
    await rows.locator("#summary", { hasText: "stg_countries" }).waitFor();
    await window.command("View: Close All Editor Groups");

    await window.file("stg_countries.sql", 1);
    await window.command("Dagsmith: Read Columns from the Warehouse");
    await done(/Read the columns of \d+ relations/);
    assert(existsSync(join(workspace, "target/dagsmith/catalog.json")));

    // The tables of a schema that no source has.
    await window.command("Dagsmith: Declare Tables of a Schema as Source");
    await page.locator(".quick-input-widget", { hasText: "The schema in the warehouse" }).waitFor();
    await input.fill("staging");
    await page.keyboard.press("Enter");
    await done(/Declare \d+ tables in source `staging`/);

    // Another environment; the dialog of folders is the editor's own.
    await window.command("Dagsmith: Defer to Another Environment");
    await item("Choose a folder").waitFor();
    await page.keyboard.press("Escape");
    await window.command("Dagsmith: Read Projects Anew");
    await done(/Read the projects anew/);
    await window.command("View: Close All Editor Groups");
}
