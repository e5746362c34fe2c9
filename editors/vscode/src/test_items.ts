//! The tests of a project as the test explorer shows them: in groups, and what became of each. Pure.

import type { ListedTest, NodeResult } from "./protocol.ts";

export interface TestGroup {
    /** What is tested. */
    label: string;
    tests: ListedTest[];
}

/** For tests that are queries of their own. */
const QUERIES = "queries of their own";

/** By what is tested, by name; queries of their own come last. */
export function testGroups(tests: readonly ListedTest[]): TestGroup[] {
    const byLabel = new Map<string, ListedTest[]>();
    for (const test of tests) {
        const label = test.tested ?? QUERIES;
        byLabel.set(label, [...(byLabel.get(label) ?? []), test]);
    }
    const groups = [...byLabel].map(([label, tests]) => ({ label, tests }));
    const key = ({ label }: TestGroup) => `${Number(label === QUERIES)} ${label}`;
    return groups.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export type Outcome =
    | { kind: "passed"; ms: number }
    /** The test found something. */
    | { kind: "failed"; message: string; ms: number }
    /** The test could not be carried out. */
    | { kind: "errored"; message: string; ms: number }
    | { kind: "skipped" };

/** A test that only warns has passed; its warning is in the output. */
export function outcome(result: NodeResult | undefined): Outcome {
    const ms = (result?.executionTime ?? 0) * 1000;
    const message = result?.message?.trim() || `status: ${result?.status}`;
    switch (result?.status) {
        case "pass":
        case "success":
        case "warn":
            return { kind: "passed", ms };
        case "fail":
            return { kind: "failed", message, ms };
        case undefined:
        case "skipped":
        case "no-op":
            return { kind: "skipped" };
        default:
            return { kind: "errored", message, ms };
    }
}
