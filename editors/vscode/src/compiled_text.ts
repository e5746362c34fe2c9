//! The compiled view's document: its name, and its text with the errors as comments above.

import type { CompiledResult } from "./protocol.ts";

export const COMPILED_SCHEME = "dagsmith-compiled";

/** The parts of the view's URI: a path that makes a good tab title, the source's URI in the query. */
export function compiledUriParts(source: string): { scheme: string; path: string; query: string } {
    const file = decodeURIComponent(source.slice(source.lastIndexOf("/") + 1));
    const name = file.replace(/\.sql$/i, "");
    return { scheme: COMPILED_SCHEME, path: `/${name} (compiled).sql`, query: source };
}

export function compiledText(result: CompiledResult): string {
    const problems = result.errors.map((error) => {
        const message = typeof error.message === "string" ? error.message : error.message.value;
        return `-- error in line ${error.range.start.line + 1}: ${oneLine(message)}\n`;
    });
    return problems.join("") + result.text;
}

/** For what has no compiled text at all: a macro file, a server that is not there. */
export function refusalText(message: string): string {
    return `-- ${oneLine(message)}\n`;
}

function oneLine(text: string): string {
    return text.trim().replace(/\s*\n\s*/g, " ");
}
