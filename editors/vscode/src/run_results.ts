//! The results of a run as text for the output channel: a summary, a line a node, messages indented below.

import type { NodeResult, RunResult } from "./protocol.ts";

const MARKS: Readonly<Record<string, string>> = {
    success: "✓",
    pass: "✓",
    warn: "!",
    error: "✗",
    fail: "✗",
    "runtime error": "✗",
    skipped: "-",
};

/** A node whose result the user has to look at. */
export function isFailure(result: NodeResult): boolean {
    return MARKS[result.status] === "✗";
}

export function renderRun(title: string, run: RunResult): string {
    const width = Math.max(0, ...run.results.map((result) => result.uniqueId.length));
    const statusWidth = Math.max(0, ...run.results.map((result) => result.status.length));
    const lines = run.results.flatMap((result) => {
        const mark = MARKS[result.status] ?? "·";
        const time = `${result.executionTime.toFixed(2)} s`.padStart(9);
        const line = `${mark} ${result.status.padEnd(statusWidth)}  ${result.uniqueId.padEnd(width)}${time}`;
        return [line, ...messageLines(result)];
    });
    return [`${title}: ${run.summary}`, ...lines, ""].join("\n");
}

/** Messages of nodes that went well ("CREATE TABLE") are noise. */
function messageLines(result: NodeResult): string[] {
    const message = result.message?.trim();
    if (!message || result.status === "success" || result.status === "pass") {
        return [];
    }
    return message.split(/\r?\n/).map((line) => `    ${line}`);
}
