//! How the server is started, and the settings that it is given. Pure: from values to values.

/** The section `dagsmith` of docs/protocol.md. */
export interface ServerSettings {
    trusted: boolean;
    target: string | null;
    profilesDir: string | null;
    vars: Record<string, unknown>;
    logLevel: string;
    binder: boolean;
    deferState: string | null;
    favorState: boolean;
    inlayHints: Record<InlayHintKind, boolean>;
}

type InlayHintKind = "stars" | "types" | "relations" | "positions" | "rows";

export interface ServerCommand {
    command: string;
    args: string[];
}

export function serverCommand(binary: string): ServerCommand {
    return { command: binary, args: ["lsp"] };
}

/**
 * Settings as the server wants them, from whatever the user's settings file holds.
 *
 * @param isWorkspaceTrusted the editor's word, which the setting `trusted` can only narrow
 */
export function serverSettings(
    configuration: Readonly<Record<string, unknown>>,
    isWorkspaceTrusted: boolean,
): ServerSettings {
    return {
        trusted: isWorkspaceTrusted && configuration.trusted !== false,
        target: textOrNull(configuration.target),
        profilesDir: textOrNull(configuration.profilesDir),
        vars: isObject(configuration.vars) ? configuration.vars : {},
        logLevel: textOrNull(configuration.logLevel) ?? "info",
        binder: configuration.binder !== false,
        deferState: textOrNull(configuration.deferState),
        favorState: configuration.favorState === true,
        inlayHints: inlayHints(configuration.inlayHints),
    };
}

function inlayHints(configuration: unknown): ServerSettings["inlayHints"] {
    const wanted = isObject(configuration) ? configuration : {};
    return {
        stars: wanted.stars !== false,
        types: wanted.types !== false,
        relations: wanted.relations === true,
        rows: wanted.rows !== false,
        positions: wanted.positions !== false,
    };
}

function textOrNull(value: unknown): string | null {
    return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
