//! Where the binary is looked for, in which order, and what is said when it is nowhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, findBinary, type Machine, missingMessage } from "../src/binary.ts";

function machine(existing: string[], overrides: Partial<Machine> = {}): Machine {
    return {
        platform: "linux",
        home: "/home/ada",
        environment: { PATH: "/usr/bin:/bin" },
        extensionFolder: "/ext",
        isExecutable: (path) => existing.includes(path),
        ...overrides,
    };
}

test("a binary that the extension brings comes before PATH, PATH before the installers' folders", () => {
    assert.deepEqual(candidates(machine([])), [
        "/ext/bin/dagsmith",
        "/usr/bin/dagsmith",
        "/bin/dagsmith",
        "/home/ada/.cargo/bin/dagsmith",
        "/home/ada/.dagsmith/bin/dagsmith",
        "/home/ada/.local/bin/dagsmith",
        "/opt/homebrew/bin/dagsmith",
        "/home/linuxbrew/.linuxbrew/bin/dagsmith",
        "/usr/local/bin/dagsmith",
    ]);
});

test("finds the first that can be executed", () => {
    const search = findBinary(null, machine(["/usr/local/bin/dagsmith", "/home/ada/.cargo/bin/dagsmith"]));
    assert.deepEqual(search, { found: true, path: "/home/ada/.cargo/bin/dagsmith" });
});

test("a configured path is the only candidate", () => {
    const found = findBinary("~/build/dagsmith", machine(["/home/ada/build/dagsmith", "/usr/bin/dagsmith"]));
    assert.deepEqual(found, { found: true, path: "/home/ada/build/dagsmith" });

    const missing = findBinary("/opt/dagsmith", machine(["/usr/bin/dagsmith"]));
    assert.deepEqual(missing, { found: false, configured: true, tried: ["/opt/dagsmith"] });
});

test("an empty setting is no setting", () => {
    assert.deepEqual(findBinary("  ", machine(["/bin/dagsmith"])), { found: true, path: "/bin/dagsmith" });
});

test("relative folders on PATH are not trusted", () => {
    const paths = candidates(machine([], { environment: { PATH: ".:bin::/usr/bin" } }));
    assert.deepEqual(paths.slice(0, 2), ["/ext/bin/dagsmith", "/usr/bin/dagsmith"]);
});

test("looks in the folders that the environment names", () => {
    const environment = { PATH: "", CARGO_HOME: "/data/cargo", DAGSMITH_HOME: "/data/dagsmith" };
    const paths = candidates(machine([], { environment }));
    assert.deepEqual(paths.slice(1, 3), ["/data/cargo/bin/dagsmith", "/data/dagsmith/bin/dagsmith"]);
});

test("speaks Windows", () => {
    const windows = machine(["C:\\Users\\Ada\\.cargo\\bin\\dagsmith.exe"], {
        platform: "win32",
        home: "C:\\Users\\Ada",
        environment: { Path: "C:\\Windows;relative" },
        extensionFolder: "C:\\ext",
    });
    assert.deepEqual(findBinary(null, windows), {
        found: true,
        path: "C:\\Users\\Ada\\.cargo\\bin\\dagsmith.exe",
    });
    assert.equal(candidates(windows).at(1), "C:\\Windows\\dagsmith.exe");
    assert(!candidates(windows).some((path) => path.startsWith("/")));
});

test("says what to do when there is none", () => {
    const nowhere = findBinary(null, machine([]));
    assert(!nowhere.found);
    assert.match(missingMessage(nowhere), /not found on PATH.*set dagsmith\.path/);

    const wrong = findBinary("/opt/dagsmith", machine([]));
    assert(!wrong.found);
    assert.match(missingMessage(wrong), /"\/opt\/dagsmith" \(setting dagsmith\.path\)/);
});
