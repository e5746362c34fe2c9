//! The test explorer, in a real editor: lists, runs, tells what failed.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NAME = "tests";

export async function check(window, screenshot) {
    const { page, workspace } = window;
    await window.command("Testing: Focus on Test Explorer View");
    const tree = page.locator(".test-explorer-tree");
    const row = (name) => tree.locator(".monaco-list-row", { hasText: name }).first();
    await row("int_events_sessionized").waitFor();

    // A unit test that is wrong, one that is right, data tests of the same model.
    const file = join(workspace, "models/unit_tests.yml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("session_id: v2-1 }", "session_id: v2-9 }"));
    await row("int_events_sessionized").click();
    await page.keyboard.press("ArrowRight");
    await row("sessions_end_after_a_gap").waitFor();
    await row("int_events_sessionized").hover();
    await row("int_events_sessionized").getByLabel("Run Test").click();
    await row("sessions_end_after_a_gap").locator(".codicon-testing-failed-icon").waitFor();
    await row("a_shorter_gap_by_var").locator(".codicon-testing-passed-icon").waitFor();
    await row("session_id: not_null").locator(".codicon-testing-passed-icon").waitFor();
    await row("sessions_end_after_a_gap").dblclick();
    await window.tab("unit_tests.yml").waitFor();
    await screenshot("tests");

    // A run from elsewhere is shown here, too.
    writeFileSync(file, text);
    await window.file("int_events_sessionized.sql");
    await window.command("Dagsmith: Test Model");
    await row("sessions_end_after_a_gap").locator(".codicon-testing-passed-icon").waitFor();
    assert.equal(await tree.locator(".codicon-testing-failed-icon").count(), 0);
    await window.command("View: Show Explorer");
}
