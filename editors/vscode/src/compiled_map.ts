//! From a place in the compiled text to the one in the model that made it, and back. Pure.
//!
//! Places of the view are those of the text behind its header: one line an error.

import type { CompiledPiece, CompiledResult } from "./protocol.ts";

export interface Place {
    line: number;
    character: number;
}

export interface Span {
    start: Place;
    end: Place;
}

/** How many lines stand above the compiled text. */
export function headerLines({ errors }: CompiledResult): number {
    return errors.length;
}

/** The source of a place in the view: the very place for text that was copied, else the expression. */
export function toSource(
    result: CompiledResult,
    place: Place,
): { span: Span; piece: CompiledPiece } | undefined {
    const inText = { line: place.line - headerLines(result), character: place.character };
    const pieces = result.pieces ?? [];
    // The end of the text is where one types next: it belongs to the last piece.
    const piece =
        pieces.find(({ compiled }) => contains(compiled, inText)) ??
        pieces.findLast(({ compiled }) => same(compiled.end, inText));
    if (!piece) {
        return undefined;
    }
    const at = shifted(inText, piece.compiled.start, piece.source.start);
    return { span: piece.literal ? { start: at, end: at } : piece.source, piece };
}

/** All places in the view that a place of the source was rendered to: several in a loop, none where a condition did not hold. */
export function toCompiled(result: CompiledResult, place: Place): Span[] {
    const nHeader = headerLines(result);
    const below = ({ line, character }: Place) => ({ line: line + nHeader, character });
    const pieces = result.pieces ?? [];
    const around = pieces.filter(({ source }) => contains(source, place));
    // Behind the last character of what was rendered.
    const before = around.length > 0 ? around : pieces.filter(({ source }) => same(source.end, place));
    return before.map(({ literal, compiled, source }) => {
        const at = below(shifted(place, source.start, compiled.start));
        return literal ? { start: at, end: at } : { start: below(compiled.start), end: below(compiled.end) };
    });
}

function contains({ start, end }: Span, place: Place): boolean {
    return !isBefore(place, start) && isBefore(place, end);
}

function isBefore(a: Place, b: Place): boolean {
    return a.line < b.line || (a.line === b.line && a.character < b.character);
}

function same(a: Place, b: Place): boolean {
    return a.line === b.line && a.character === b.character;
}

/** A place in a text that begins at `from`, in its copy that begins at `to`. */
function shifted(place: Place, from: Place, to: Place): Place {
    const line = place.line - from.line;
    const character = line === 0 ? place.character - from.character + to.character : place.character;
    return { line: to.line + line, character };
}
