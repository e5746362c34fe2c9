//! What dbt gives every template is listed in both grammars: the lists are the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const textmate = JSON.parse(read("../syntaxes/jinja.tmLanguage.json")).repository.name.patterns;
const treeSitter = read("../../tree-sitter-dagsmith/queries/highlights.scm");

function inTextMate(scope) {
    const { match } = textmate.find(({ name }) => name === scope);
    return /\(\?:([\w|]+)\)/.exec(match)[1].split("|");
}

function inTreeSitter(capture) {
    const [, names] = new RegExp(`any-of\\? @${capture}([^)]*)`).exec(treeSitter);
    return [...names.matchAll(/"(\w+)"/g)].map(([, name]) => name);
}

test("built-in functions", () => {
    assert.deepEqual(inTextMate("support.function.builtin.jinja"), inTreeSitter("function.builtin"));
});

test("built-in variables", () => {
    assert.deepEqual(inTextMate("variable.language.jinja"), inTreeSitter("variable.builtin"));
});
