//! Which folders of the workspace are projects, and which documents the server gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { documentSelector, projectRoots } from "../src/project_roots.ts";

test("a project inside of another is the server's business", () => {
    const files = ["file:///w/shop/packages/money/dbt_project.yml", "file:///w/shop/dbt_project.yml"];
    assert.deepEqual(projectRoots(files), ["file:///w/shop"]);
});

test("a folder whose name starts like another's is not inside of it", () => {
    const files = ["file:///w/shop2/dbt_project.yml", "file:///w/shop/dbt_project.yml"];
    assert.deepEqual(projectRoots(files), ["file:///w/shop", "file:///w/shop2"]);
});

test("a name that sorts between a folder and its content does not hide the folder", () => {
    const files = [
        "file:///w/a/b/dbt_project.yml",
        "file:///w/a-b/dbt_project.yml",
        "file:///w/a/dbt_project.yml",
    ];
    assert.deepEqual(projectRoots(files), ["file:///w/a", "file:///w/a-b"]);
});

test("documents are chosen by language and by folder", () => {
    const selector = documentSelector(["file:///w/shop"]);
    assert(selector.some(({ language }) => language === "jinja-sql"));
    for (const filter of selector) {
        assert.deepEqual(filter.pattern, { baseUri: "file:///w/shop", pattern: "**/*" });
        assert.equal(filter.scheme, "file");
    }
    assert.deepEqual(documentSelector([]), []);
});
