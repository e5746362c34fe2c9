//! The compiled view: from its places to those of the model, and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Place, type Span, toCompiled, toSource } from "../src/compiled_map.ts";
import type { CompiledPiece, CompiledResult } from "../src/protocol.ts";

const place = (line: number, character: number): Place => ({ line, character });
const span = (a: number, b: number, c: number, d: number): Span => ({ start: place(a, b), end: place(c, d) });

/**
 * The model `select id,\n  {{ cents('x') }} as y\nfrom t` with a line of a comment above, which compiles to
 * `select id,\n  x\n / 100 as y\nfrom t`.
 */
const PIECES: CompiledPiece[] = [
    { compiled: span(0, 0, 1, 2), source: span(1, 0, 2, 2), literal: true },
    {
        compiled: span(1, 2, 2, 6),
        source: span(2, 2, 2, 18),
        literal: false,
        through: { uniqueId: "macro.shop.cents" },
    },
    { compiled: span(2, 6, 3, 6), source: span(2, 18, 3, 6), literal: true },
];

function result(nErrors = 0): CompiledResult {
    const errors = Array.from({ length: nErrors }, () => ({ range: span(0, 0, 0, 0), message: "wrong" }));
    return { uri: "file:///a.sql", text: "", errors, pieces: PIECES };
}

test("text that was copied maps to the very place", () => {
    assert.deepEqual(toSource(result(), place(0, 7))?.span, span(1, 7, 1, 7));
    assert.deepEqual(toSource(result(), place(2, 9))?.span, span(2, 21, 2, 21));
    assert.deepEqual(toSource(result(), place(3, 3))?.span, span(3, 3, 3, 3));
    assert.deepEqual(toCompiled(result(), place(2, 21)), [span(2, 9, 2, 9)]);
});

test("what an expression gave maps to the expression, and back to all of it", () => {
    const found = toSource(result(), place(2, 0));
    assert.deepEqual(found?.span, span(2, 2, 2, 18));
    assert.equal(found?.piece.through?.uniqueId, "macro.shop.cents");
    assert.deepEqual(toCompiled(result(), place(2, 10)), [span(1, 2, 2, 6)]);
});

test("a header moves the text down", () => {
    assert.deepEqual(toSource(result(2), place(2, 7))?.span, span(1, 7, 1, 7));
    assert.deepEqual(toCompiled(result(2), place(1, 7)), [span(2, 7, 2, 7)]);
    assert.equal(toSource(result(2), place(0, 3)), undefined);
});

test("the end of the text has a place, and what was not rendered has none", () => {
    assert.deepEqual(toSource(result(), place(3, 6))?.span, span(3, 6, 3, 6));
    assert.deepEqual(toCompiled(result(), place(3, 6)), [span(3, 6, 3, 6)]);
    assert.deepEqual(toCompiled(result(), place(0, 0)), []);
});

test("a loop renders one place to several", () => {
    const piece = (line: number): CompiledPiece => ({
        compiled: span(line, 0, line, 4),
        source: span(0, 20, 0, 24),
        literal: true,
    });
    const looped = { ...result(), pieces: [piece(0), piece(1)] };
    assert.deepEqual(toCompiled(looped, place(0, 21)), [span(0, 1, 0, 1), span(1, 1, 1, 1)]);
});
