//! Reads a line of the server's log, so that the output channel can show it at its own level. Pure.

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

// Colours, if the server thinks that it writes to a terminal.
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** A line is `2026-01-31T12:00:00.123Z  WARN target: message`; the channel adds a time of its own. */
export function logLine(line: string): { level: LogLevel; text: string } {
    const plain = line.replace(ESCAPES, "");
    const match = /^\s*(?:\d{4}-\S+\s+)?(TRACE|DEBUG|INFO|WARN|ERROR)\s+(.*)$/.exec(plain);
    if (match?.[1] === undefined || match[2] === undefined) {
        // Not written by the log, so nobody expected it: a panic, a message of the loader.
        return { level: "error", text: plain };
    }
    return { level: match[1].toLowerCase() as LogLevel, text: match[2] };
}
