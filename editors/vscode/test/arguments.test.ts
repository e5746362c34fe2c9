//! What the server is started with, the settings it is given, and the arguments of commands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandArgument, subject } from "../src/command_argument.ts";
import { serverCommand, serverSettings } from "../src/server_command.ts";

const active = { uri: "file:///shop/models/orders.sql", position: { line: 3, character: 7 } };

test("the server is started with one word", () => {
    assert.deepEqual(serverCommand("/bin/dagsmith"), { command: "/bin/dagsmith", args: ["lsp"] });
});

test("empty settings are the defaults of the protocol", () => {
    const inlayHints = { stars: true, types: true, relations: false, positions: true, rows: true };
    const defaults = {
        trusted: true,
        target: null,
        profilesDir: null,
        vars: {},
        logLevel: "info",
        binder: true,
        deferState: null,
        favorState: false,
        inlayHints,
    };
    assert.deepEqual(serverSettings({}, true), defaults);
    assert.deepEqual(
        serverSettings({ target: " ", profilesDir: null, vars: ["no"], logLevel: 3 }, true),
        defaults,
    );
});

test("settings are handed on", () => {
    const inlayHints = { stars: false, types: true, relations: true, positions: true, rows: true };
    const given = {
        target: "prod",
        profilesDir: "/profiles",
        vars: { region: "eu" },
        logLevel: "debug",
        binder: false,
        deferState: null,
        favorState: false,
        inlayHints,
    };
    assert.deepEqual(serverSettings(given, true), { trusted: true, ...given });
});

test("the setting can only narrow the trust of the workspace", () => {
    assert.equal(serverSettings({ trusted: true }, false).trusted, false);
    assert.equal(serverSettings({ trusted: false }, true).trusted, false);
});

test("the argument of a lens is taken as it is", () => {
    const given = { uri: "file:///shop/models/a.sql", selector: "a+" };
    assert.deepEqual(commandArgument(given, active, { limit: 5 }), { ...given, limit: 5 });
});

test("the palette means the document in front and where its cursor is", () => {
    assert.deepEqual(commandArgument(undefined, active), active);
    assert.equal(commandArgument(undefined, undefined), undefined);
});

test("a menu hands over a URI", () => {
    const uri = (text: string) => ({ scheme: "file", toString: () => text });
    assert.deepEqual(commandArgument(uri("file:///b.sql"), active), { uri: "file:///b.sql" });
    assert.deepEqual(commandArgument(uri(active.uri), active), active);
});

test("a key binding may say how without saying what", () => {
    assert.deepEqual(commandArgument({ fullRefresh: true }, active), { ...active, fullRefresh: true });
});

test("names the subject by its selector or its file", () => {
    assert.equal(subject({ uri: "file:///m/orders.sql", selector: "orders+" }), "orders+");
    assert.equal(subject({ uri: "file:///m/big%20orders.v2.sql" }), "big orders.v2");
    assert.equal(subject({ uri: "file:///m/o.sql", selector: "orders", cte: "paid" }), "paid of orders");
    const start = { line: 0, character: 0 };
    const range = { start, end: { line: 0, character: 8 } };
    assert.equal(subject({ uri: "file:///m/o.sql", range }), "the selection in o");
});
