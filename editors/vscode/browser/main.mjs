//! Opens the demo project in VS Code and tries the extension part by part: `run` starts this.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as asking from "./asking.mjs";
import * as compiled from "./compiled.mjs";
import * as lenses from "./lenses.mjs";
import * as lineage from "./lineage.mjs";
import * as preview from "./preview.mjs";
import * as target from "./target.mjs";
import * as tests from "./tests.mjs";
import { FAILURE, Window } from "./window.mjs";

const PARTS = [lineage, compiled, preview, tests, target, lenses, asking];
const DEMO = "../../testdata/projects/shop";
const PICTURES = "../../docs/images";

const [binary, ...flags] = process.argv.slice(2);
const parts = PARTS.filter(({ NAME }) => (process.env.ONLY ?? NAME) === NAME);
const scratch = mkdtempSync(join(tmpdir(), "dagsmith-demo-"));
const workspace = join(scratch, "shop");
let failed = false;
cpSync(DEMO, workspace, { recursive: true });
for (const command of ["deps", "build"]) {
    const project = ["--project-dir", workspace, "--profiles-dir", workspace];
    execFileSync(binary, [command, ...project], { stdio: "ignore" });
}
const window = await Window.open(workspace, binary);
const screenshot = async (name) => {
    if (flags.includes("--screenshots")) {
        mkdirSync(PICTURES, { recursive: true });
        await window.page.screenshot({ path: join(PICTURES, `vscode-${name}.png`) });
    }
};
try {
    for (const { NAME, check } of parts) {
        const start = Date.now();
        await check(window, screenshot);
        console.log(`ok ${NAME} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    }
} catch (error) {
    failed = true;
    console.error(error);
    await window.page.screenshot({ path: FAILURE });
    console.error(`what the screen showed: ${FAILURE}`);
} finally {
    await window.close();
    rmSync(scratch, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
