//! Opens the .vsix that `package.mjs` wrote and checks it as an editor would see it: complete, nothing more than wanted, loadable.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import yauzl from "yauzl";
import { CONTENT_TYPES, FILES, fileName, MANIFEST } from "./vsix.mjs";

/** The bundled client takes 400 KB; a megabyte means that something got in by mistake. */
const MAX_BYTES = 1024 * 1024;

const extension = JSON.parse(readFileSync("package.json", "utf8"));
const packagePath = fileName(extension);

/** @returns {Promise<Map<string, Buffer>>} content by path */
function unzip(path) {
    return new Promise((resolve, reject) => {
        const entries = new Map();
        yauzl.open(path, { lazyEntries: true }, (error, zip) => {
            if (error) {
                reject(error);
                return;
            }
            zip.on("error", reject);
            zip.on("end", () => resolve(entries));
            zip.on("entry", (entry) => {
                zip.openReadStream(entry, async (failure, stream) => {
                    if (failure) {
                        reject(failure);
                        return;
                    }
                    entries.set(entry.fileName, Buffer.concat(await stream.toArray()));
                    zip.readEntry();
                });
            });
            zip.readEntry();
        });
    });
}

/** Files of the package that its own manifest names. */
function namedFiles(published) {
    const grammars = published.contributes.grammars.map(({ path }) => path);
    return [published.main, ...grammars].map((path) => `extension/${path.replace(/^\.\//, "")}`);
}

/** Every command that is declared is named in the code, and every command that a menu names is declared. */
function checkCommands({ contributes }, bundle) {
    const declared = new Set(contributes.commands.map(({ command }) => command));
    for (const command of declared) {
        assert(bundle.includes(`"${command}"`), `the code knows nothing of the command ${command}`);
    }
    const submenus = new Set(contributes.submenus.map(({ id }) => id));
    for (const { command, submenu } of Object.values(contributes.menus).flat()) {
        const isDeclared = submenu === undefined ? declared.has(command) : submenus.has(submenu);
        assert(isDeclared, `menu item for the undeclared ${submenu ?? command}`);
    }
}

/** The grammars are those that are tested, put into the same languages. */
function checkGrammars({ contributes }, entries) {
    const tested = JSON.parse(readFileSync("../../grammars/textmate/package.json", "utf8")).contributes
        .grammars;
    for (const { scopeName, path, injectTo } of contributes.grammars) {
        const grammar = JSON.parse(entries.get(`extension/${path.replace(/^\.\//, "")}`).toString());
        assert.equal(grammar.scopeName, scopeName, path);
        assert.deepEqual(tested.find((it) => it.scopeName === scopeName)?.injectTo, injectTo, scopeName);
    }
}

/** Every setting says what it does and what it is by default. */
function checkSettings({ contributes, capabilities }) {
    const settings = contributes.configuration.properties;
    for (const [name, setting] of Object.entries(settings)) {
        assert(name.startsWith("dagsmith."), name);
        assert(setting.description ?? setting.markdownDescription, `${name} has no description`);
        assert("default" in setting, `${name} has no default`);
    }
    for (const name of capabilities.untrustedWorkspaces.restrictedConfigurations) {
        assert(name in settings, `the restricted setting ${name} is not declared`);
    }
}

/** An editor in which everything exists and nothing happens: enough to load an extension. */
const VSCODE_STUB = `
const nothing = new Proxy(class {}, { get: (target, key) => (key in target ? target[key] : nothing) });
module.exports = nothing;
`;

/**
 * Loads the bundle as the editor would, far from this folder's `node_modules`: whatever it asks for beyond Node and `vscode` fails.
 * @param {Buffer} bundle
 */
function checkLoads(bundle) {
    const folder = mkdtempSync(join(tmpdir(), "dagsmith-vsix-"));
    try {
        mkdirSync(join(folder, "node_modules/vscode"), { recursive: true });
        writeFileSync(join(folder, "node_modules/vscode/index.js"), VSCODE_STUB);
        const main = join(folder, "extension.js");
        writeFileSync(main, bundle);
        const loaded = createRequire(main)(main);
        assert.equal(typeof loaded.activate, "function");
        assert.equal(typeof loaded.deactivate, "function");
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const entries = await unzip(packagePath);
assert.deepEqual([...entries.keys()].sort(), [...Object.keys(FILES), MANIFEST, CONTENT_TYPES].sort());
for (const [path, content] of entries) {
    assert(content.length > 0, `${path} is empty`);
    assert(!/\.ts$|\.map$|node_modules|(^|\/)\./.test(path), `${path} does not belong into the package`);
}
const total = [...entries.values()].reduce((sum, content) => sum + content.length, 0);
assert(total <= MAX_BYTES, `${total} bytes are more than ${MAX_BYTES}`);

const published = JSON.parse(entries.get("extension/package.json").toString());
for (const path of namedFiles(published)) {
    assert(entries.has(path), `package.json names ${path}, which is missing`);
}
assert(!("scripts" in published || "devDependencies" in published));
checkCommands(published, entries.get("extension/dist/extension.js"));
checkSettings(published);
checkGrammars(published, entries);

const manifest = entries.get(MANIFEST).toString();
assert(manifest.includes(`Version="${published.version}"`));
for (const [, path] of manifest.matchAll(/Path="([^"]+)"/g)) {
    assert(entries.has(path), `the manifest names ${path}, which is missing`);
}
const changelog = entries.get("extension/changelog.md").toString();
assert(changelog.includes(`## ${published.version}`), `CHANGELOG.md has no entry for ${published.version}`);

checkLoads(entries.get("extension/dist/extension.js"));

console.log(`${packagePath}: ${entries.size} files, ${Math.round(total / 1024)} KB, as it should be`);
