//! The argument of a command: from a code lens, from a menu that hands over a URI, or from the editor in front.

import type { CommandArgument } from "./protocol.ts";

/** The document in front, and where its cursor is (if it is the model's own and not a view of it). */
export interface ActiveDocument {
    uri: string;
    position?: { line: number; character: number };
}

/**
 * @param given what VS Code called the command with: the server's own argument (lenses, actions, key bindings with `args`),
 *     a URI (menus of the editor), or nothing (the palette)
 * @returns undefined if there is neither an argument nor a document
 */
export function commandArgument(
    given: unknown,
    active: ActiveDocument | undefined,
    defaults: Omit<CommandArgument, "uri"> = {},
): CommandArgument | undefined {
    if (isCommandArgument(given)) {
        return { ...defaults, ...given };
    }
    if (isUri(given)) {
        const uri = given.toString();
        return uri === active?.uri ? { ...defaults, ...active } : { ...defaults, uri };
    }
    // A key binding may say how without saying what: `{ "fullRefresh": true }`.
    const partial = typeof given === "object" && given !== null ? given : {};
    return active && { ...defaults, ...active, ...partial };
}

/** "orders+", or the name of the file; of a preview also which part. */
export function subject(argument: CommandArgument): string {
    const whole = node(argument);
    if (argument.cte !== undefined) {
        return `${argument.cte} of ${whole}`;
    }
    return argument.range === undefined ? whole : `the selection in ${whole}`;
}

function node(argument: CommandArgument): string {
    if (argument.selector) {
        return argument.selector;
    }
    const file = decodeURIComponent(argument.uri.slice(argument.uri.lastIndexOf("/") + 1));
    return file.replace(/\.[^.]+$/, "");
}

function isCommandArgument(given: unknown): given is CommandArgument {
    return typeof given === "object" && given !== null && "uri" in given && typeof given.uri === "string";
}

/** VS Code's `Uri`, without importing it. */
function isUri(given: unknown): given is { scheme: string; toString(): string } {
    return (
        typeof given === "object" && given !== null && "scheme" in given && typeof given.scheme === "string"
    );
}
