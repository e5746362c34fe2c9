//! Bundles the extension into `dist/` (`--minify` for releases, `--watch` while working), or the tests into `build/tests/`
//! (`--tests`).

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";

const flags = new Set(process.argv.slice(2));

/** The extension itself: one CommonJS file, which VS Code's own Node loads; `vscode` is given by the editor. */
const extension = {
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode"],
};

/** The pages of the results grid and of the lineage panel: a script for a browser each. */
const pages = {
    entryPoints: ["src/webview/preview.ts", "src/webview/lineage.ts"],
    outdir: "dist",
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2023",
};

/** One file a test file, for Node's test runner. `vscode` cannot be loaded there: a test that needs it does not start. */
const tests = {
    entryPoints: readdirSync("test").map((name) => `test/${name}`),
    outdir: "build/tests",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
};

const shared = { logLevel: "warning", minify: flags.has("--minify"), legalComments: "none", metafile: true };

/** The colours of tags: an extension has files of its own folder alone. */
function copyGrammars() {
    const folder = "../../grammars/textmate/syntaxes";
    mkdirSync("dist/grammars", { recursive: true });
    for (const name of readdirSync(folder)) {
        copyFileSync(`${folder}/${name}`, `dist/grammars/${name}`);
    }
}

/** The licences of the packages that ended up in the bundles: they ask to be passed on with every copy. */
function notices(metafiles) {
    const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
    const matches = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
    const packages = [...new Set(matches.filter((name) => name !== undefined))].sort();
    return packages.map((name) => {
        const folder = `node_modules/${name}`;
        const licence = readdirSync(folder).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file));
        if (licence === undefined) {
            throw new Error(`${name} is bundled, but has no licence file`);
        }
        const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
        return `${name} ${version}\n\n${readFileSync(`${folder}/${licence}`, "utf8").trim()}\n`;
    });
}

if (flags.has("--tests")) {
    rmSync("build/tests", { recursive: true, force: true });
    await esbuild.build({ ...tests, logLevel: "warning" });
} else if (flags.has("--watch")) {
    copyGrammars();
    const contexts = await Promise.all([extension, pages].map((it) => esbuild.context({ ...it, ...shared })));
    await Promise.all(contexts.map((context) => context.watch()));
} else {
    rmSync("dist", { recursive: true, force: true });
    const results = await Promise.all([extension, pages].map((it) => esbuild.build({ ...it, ...shared })));
    const separator = `\n${"-".repeat(80)}\n\n`;
    copyGrammars();
    writeFileSync("dist/THIRD_PARTY_LICENCES.txt", notices(results.map((it) => it.metafile)).join(separator));
}
