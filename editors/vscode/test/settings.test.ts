//! The settings that the extension declares are those that it hands on, with the same defaults. That they are the server's is held
//! by server/crates/lsp/src/settings/declared.rs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serverSettings } from "../src/server_command.ts";

/** What the server is not asked about. */
const OWN = ["path", "preview.limit", "compiled.delay", "trace.server"];

type Section = Record<string, unknown>;

function flat(section: Section, prefix = ""): [string, unknown][] {
    return Object.entries(section).flatMap(([key, value]): [string, unknown][] => {
        const isGroup = typeof value === "object" && value !== null && Object.keys(value).length > 0;
        return isGroup ? flat(value as Section, `${prefix}${key}.`) : [[prefix + key, value]];
    });
}

test("every setting of the server is declared, with the default that it is sent", () => {
    const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
    const properties: Record<string, { default: unknown }> = contributes.configuration.properties;
    const declared = Object.entries(properties).map(([key, value]): [string, unknown] => [
        key.replace("dagsmith.", ""),
        value.default,
    ]);
    const ofServer = declared.filter(([key]) => !OWN.includes(key));
    const sent = flat({ ...serverSettings({}, true) });
    assert.deepEqual(ofServer.sort(), sent.sort());
});

test("what is set is handed on", () => {
    const hints = { stars: false, types: false, relations: true, positions: false, rows: false };
    const set = {
        target: "ci",
        profilesDir: "/p",
        vars: { a: 1 },
        logLevel: "debug",
        binder: false,
        deferState: "../prod",
        favorState: true,
        inlayHints: hints,
    };
    assert.deepEqual(serverSettings(set, true), { trusted: true, ...set });
    assert.equal(serverSettings({}, false).trusted, false);
    assert.equal(serverSettings({ trusted: false }, true).trusted, false);
});
