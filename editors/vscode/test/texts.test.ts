//! What people read: results of runs, the compiled view, the status bar.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compiledText, compiledUriParts, refusalText } from "../src/compiled_text.ts";
import { logLine } from "../src/log_line.ts";
import { previewSummary } from "../src/preview_messages.ts";
import type { ListedTest, Project } from "../src/protocol.ts";
import { isFailure, renderRun } from "../src/run_results.ts";
import { projectOf, statusText, targetItems } from "../src/status_text.ts";
import { outcome, testGroups } from "../src/test_items.ts";

function project(overrides: Partial<Project> = {}): Project {
    return {
        root: "file:///w/shop",
        name: "shop",
        target: "dev",
        targets: ["ci", "dev"],
        models: 3,
        state: "ready",
        ...overrides,
    };
}

test("a run is a line a node, with the messages of those that failed", () => {
    const text = renderRun("Running orders+", {
        success: false,
        summary: "1 ok, 1 error in 1.3 s",
        results: [
            {
                uniqueId: "model.shop.orders",
                status: "success",
                message: "CREATE TABLE",
                executionTime: 1.234,
            },
            {
                uniqueId: "model.shop.big",
                status: "error",
                message: "Binder Error\n  at x\n",
                executionTime: 0.02,
            },
            { uniqueId: "test.shop.t", status: "skipped", message: null, executionTime: 0 },
        ],
    });
    assert.equal(
        text,
        [
            "Running orders+: 1 ok, 1 error in 1.3 s",
            "✓ success  model.shop.orders   1.23 s",
            "✗ error    model.shop.big      0.02 s",
            "    Binder Error",
            "      at x",
            "- skipped  test.shop.t         0.00 s",
            "",
        ].join("\n"),
    );
});

test("a run of nothing is its summary", () => {
    assert.equal(
        renderRun("Testing a", { success: true, summary: "no tests", results: [] }),
        "Testing a: no tests\n",
    );
});

test("tells failures from warnings", () => {
    const statuses = ["success", "warn", "fail", "error", "skipped", "something new"];
    const failed = statuses.filter((status) => isFailure({ uniqueId: "", status, executionTime: 0 }));
    assert.deepEqual(failed, ["fail", "error"]);
});

test("the compiled view has the errors above the text", () => {
    const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 1 } };
    const errors = [{ range, message: "model `a` not found;\n  did you mean `b`?" }];
    assert.equal(
        compiledText({ uri: "", text: "select 1\n", errors }),
        "-- error in line 5: model `a` not found; did you mean `b`?\nselect 1\n",
    );
    assert.equal(refusalText("no\nserver"), "-- no server\n");
});

test("the compiled view is named after its source", () => {
    assert.deepEqual(compiledUriParts("file:///w/models/big%20orders.sql"), {
        scheme: "dagsmith-compiled",
        path: "/big orders (compiled).sql",
        query: "file:///w/models/big%20orders.sql",
    });
});

test("the status bar shows project, target and errors", () => {
    const view = statusText({
        state: "running",
        status: { version: "0.1.0", projects: [project()] },
        document: "file:///w/shop/models/a.sql",
        errors: 2,
    });
    assert.deepEqual(view, {
        text: "$(database) shop › dev $(error) 2",
        tooltip: "Dagsmith 0.1.0\nshop › dev: ready, 3 models\n2 errors",
        severity: "normal",
    });
});

test("the status bar shows what is wrong", () => {
    assert.equal(statusText({ state: "missing", errors: 0 }).severity, "warning");
    assert.equal(statusText({ state: "failed", errors: 0 }).severity, "error");
    const broken = project({ state: "error", target: null, models: 1 });
    const view = statusText({ state: "running", status: { version: "1", projects: [broken] }, errors: 0 });
    assert.deepEqual(view, {
        text: "$(error) shop",
        tooltip: "Dagsmith 1\nshop: error, 1 model",
        severity: "error",
    });
});

test("a document belongs to the innermost project around it", () => {
    const inner = project({ root: "file:///w/shop/packages/money", name: "money" });
    const other = project({ root: "file:///w/shop2", name: "shop2" });
    const projects = [project(), inner, other];
    assert.equal(projectOf("file:///w/shop/packages/money/a.sql", projects)?.name, "money");
    assert.equal(projectOf("file:///w/shop2/a.sql", projects)?.name, "shop2");
    assert.equal(projectOf("file:///elsewhere.sql", projects), undefined);
    assert.equal(projectOf(undefined, [other])?.name, "shop2");
    assert.equal(projectOf(undefined, [inner, project()])?.name, "shop");
});

test("targets are those of the profile, and its default", () => {
    const items = (chosen: string | undefined) =>
        targetItems(project(), chosen).map(({ label, description }) => `${label} ${description}`.trim());
    assert.deepEqual(items(undefined), ["ci", "dev in use", "Profile's default in use"]);
    assert.deepEqual(items("dev"), ["ci", "dev in use", "Profile's default"]);
    assert.deepEqual(
        targetItems(undefined, "gone").map(({ target }) => target),
        [undefined],
    );
});

function listed(label: string, tested?: string): ListedTest {
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
    const test = { uniqueId: `test.shop.${label}`, label, kind: "data", selector: label } as const;
    return { ...test, ...(tested && { tested }), location: { uri: "file:///w/s.yml", range } };
}

test("tests are grouped by what they test, queries of their own last", () => {
    const groups = testGroups([
        listed("q"),
        listed("b: unique", "orders"),
        listed("a", "items"),
        listed("c", "orders"),
    ]);
    assert.deepEqual(
        groups.map(({ label, tests }) => `${label}: ${tests.map((it) => it.label).join(", ")}`),
        ["items: a", "orders: b: unique, c", "queries of their own: q"],
    );
});

test("a test that warns has passed, one that could not run has not failed", () => {
    const of = (status: string, message?: string) => {
        const shown = outcome({ uniqueId: "t", status, executionTime: 0.5, message: message ?? null });
        return "message" in shown ? `${shown.kind} ${shown.message}` : shown.kind;
    };
    assert.deepEqual(
        [
            of("pass"),
            of("warn", "2 rows"),
            of("fail", "2 rows\n"),
            of("error", "no table"),
            of("runtime error"),
            of("skipped"),
        ],
        ["passed", "passed", "failed 2 rows", "errored no table", "errored status: runtime error", "skipped"],
    );
    assert.equal(outcome(undefined).kind, "skipped");
});

test("a preview says how many rows there are", () => {
    const result = { uri: "", columns: [], rows: [[1]], truncated: true, sql: "", elapsedMs: 12.4 };
    assert.equal(previewSummary("orders", result), "orders: 1+ rows, 12 ms");
});

test("the server's log keeps its levels", () => {
    assert.deepEqual(logLine("2026-01-31T12:00:00.123456Z  WARN lsp::watcher: too many files"), {
        level: "warn",
        text: "lsp::watcher: too many files",
    });
    assert.deepEqual(logLine("\u001b[32mINFO\u001b[0m ready"), { level: "info", text: "ready" });
    assert.deepEqual(logLine("thread 'main' panicked at x.rs:1"), {
        level: "error",
        text: "thread 'main' panicked at x.rs:1",
    });
});
