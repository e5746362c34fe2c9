//! The status bar and the switch of the target, in a real editor.

export const NAME = "target";

export async function check(window) {
    const { page } = window;
    await window.file("fct_orders.sql");
    await window.command("Dagsmith: Show Compiled SQL to the Side");
    const compiled = page.locator(".editor-instance[aria-label*='compiled'] .view-lines");
    await compiled.filter({ hasText: "staging" }).waitFor();
    await window.status().click();
    const item = (name) => page.locator(".quick-input-list .monaco-list-row", { hasText: name });
    await item("Switch target").click();
    await item("ci").first().click();
    await window.status().filter({ hasText: "shop › ci" }).waitFor();
    await compiled.filter({ hasText: "ci_staging" }).waitFor();
    await window.command("Dagsmith: Switch Target");
    await item("Profile's default").click();
    await window.status().filter({ hasText: "shop › dev" }).waitFor();
}
