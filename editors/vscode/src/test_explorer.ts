//! The test explorer: data tests and unit tests of all projects, run by the server, with what came of them.
//!
//! Whatever runs tests, a lens or the palette too, shows its results here.

import * as vscode from "vscode";
import type { ListedTest, NodeResult, RunResult } from "./protocol.ts";
import { renderRun } from "./run_results.ts";
import type { Server } from "./server.ts";
import { outcome, type TestGroup, testGroups } from "./test_items.ts";

/** Files are saved together, and a project is read anew in parts. */
const QUIET_MS = 400;

/** So many tests get their items at once; of more, those of a node get theirs when it is unfolded. */
const MANY = 5000;

export class TestExplorer implements vscode.Disposable {
    private readonly controller = vscode.tests.createTestController("dagsmith", "Dagsmith");
    private readonly groups = new Map<vscode.TestItem, TestGroup>();
    private readonly tests = new Map<vscode.TestItem, ListedTest>();
    /** Items of tests by unique id. */
    private readonly items = new Map<string, vscode.TestItem>();
    private waiting: NodeJS.Timeout | undefined;
    private readonly subscriptions: vscode.Disposable[];

    constructor(private readonly server: Server) {
        this.controller.resolveHandler = (item) => this.resolve(item);
        this.controller.refreshHandler = () => this.refresh();
        this.controller.createRunProfile(
            "Run",
            vscode.TestRunProfileKind.Run,
            (request, token) => this.run(request, token),
            true,
        );
        this.subscriptions = [
            this.controller,
            server.onDidChange(() => this.refreshSoon()),
            vscode.workspace.onDidSaveTextDocument(() => this.refreshSoon()),
        ];
    }

    /** Shows what came of tests that were run from elsewhere. */
    publish(title: string, run: RunResult): void {
        const known = run.results.filter(({ uniqueId }) => this.items.has(uniqueId));
        if (known.length === 0) {
            return;
        }
        const include = known.flatMap(({ uniqueId }) => this.items.get(uniqueId) ?? []);
        const testRun = this.controller.createTestRun(new vscode.TestRunRequest(include), title);
        this.show(testRun, include, run, title);
        testRun.end();
    }

    dispose(): void {
        clearTimeout(this.waiting);
        vscode.Disposable.from(...this.subscriptions).dispose();
    }

    private refreshSoon(): void {
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => void this.refresh(), QUIET_MS);
    }

    private async refresh(): Promise<void> {
        const projects = this.server.state === "running" ? (this.server.status?.projects ?? []) : [];
        const ready = projects.filter(({ state }) => state !== "loading");
        const lists = await Promise.all(
            ready.map(async ({ root, name }) => {
                // A project that has just gone has no tests.
                const tests = await this.server.tests(root).catch(() => []);
                return { root, name, groups: testGroups(tests) };
            }),
        );
        this.groups.clear();
        this.tests.clear();
        this.items.clear();
        const found = lists.filter(({ groups }) => groups.length > 0);
        const ofProjects = found.map(({ root, name, groups }) => {
            const project = this.controller.createTestItem(root, name, vscode.Uri.parse(root));
            project.children.replace(groups.map((group, index) => this.groupItem(root, group, index)));
            return project;
        });
        const only = ofProjects.length === 1 ? ofProjects[0] : undefined;
        this.controller.items.replace(only ? [...only.children].map(([, item]) => item) : ofProjects);
        const groups = [...this.groups];
        if (groups.reduce((sum, [, { tests }]) => sum + tests.length, 0) <= MANY) {
            groups.map(([item]) => this.resolve(item));
        }
    }

    private groupItem(root: string, group: TestGroup, index: number): vscode.TestItem {
        const item = this.controller.createTestItem(`${root} ${group.label}`, group.label);
        item.canResolveChildren = true;
        item.sortText = String(index).padStart(6, "0");
        this.groups.set(item, group);
        return item;
    }

    private resolve(item: vscode.TestItem | undefined): void {
        const group = item && this.groups.get(item);
        if (item && group && item.children.size === 0) {
            item.children.replace(group.tests.map((test) => this.testItem(test)));
        }
    }

    private testItem(test: ListedTest): vscode.TestItem {
        const item = this.controller.createTestItem(
            test.uniqueId,
            test.label,
            vscode.Uri.parse(test.location.uri),
        );
        const { start, end } = test.location.range;
        item.range = new vscode.Range(start.line, start.character, end.line, end.character);
        item.description = test.kind === "unit" ? "unit test" : "";
        this.tests.set(item, test);
        this.items.set(test.uniqueId, item);
        return item;
    }

    private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
        const wanted = request.include ?? [...this.controller.items].map(([, item]) => item);
        const excluded = new Set(request.exclude?.flatMap((item) => this.leaves(item)));
        const items = wanted.flatMap((item) => this.leaves(item)).filter((item) => !excluded.has(item));
        const testRun = this.controller.createTestRun(request);
        for (const item of items) {
            testRun.started(item);
        }
        const roots = this.server.status?.projects.map(({ root }) => root) ?? [];
        for (const root of roots) {
            const ofProject = items.filter((item) => this.rootOf(item, roots) === root);
            if (ofProject.length > 0 && !token.isCancellationRequested) {
                await this.runItems(testRun, ofProject, token);
            }
        }
        testRun.end();
    }

    private async runItems(
        testRun: vscode.TestRun,
        items: readonly vscode.TestItem[],
        token: vscode.CancellationToken,
    ): Promise<void> {
        const tests = items.flatMap((item) => this.tests.get(item) ?? []);
        const uri = tests[0]?.location.uri ?? "";
        const selector = tests.map((test) => test.selector).join(" ");
        try {
            const run = await this.server.executeQuietly<RunResult>(
                "dagsmith.test",
                { uri, selector },
                token,
            );
            this.show(testRun, items, run, "Testing");
        } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            for (const item of items) {
                testRun.errored(item, new vscode.TestMessage(message));
            }
        }
    }

    private show(
        testRun: vscode.TestRun,
        items: readonly vscode.TestItem[],
        run: RunResult,
        title: string,
    ): void {
        const results = new Map(run.results.map((result) => [result.uniqueId, result]));
        for (const item of items) {
            showOutcome(testRun, item, results.get(item.id));
        }
        testRun.appendOutput(renderRun(title, run).replaceAll("\n", "\r\n"));
    }

    /** The tests at and under an item. */
    private leaves(item: vscode.TestItem): vscode.TestItem[] {
        this.resolve(item);
        return this.tests.has(item) ? [item] : [...item.children].flatMap(([, child]) => this.leaves(child));
    }

    private rootOf(item: vscode.TestItem, roots: readonly string[]): string | undefined {
        const uri = item.uri?.toString() ?? "";
        const around = roots.filter((root) => uri.startsWith(`${root.replace(/\/$/, "")}/`));
        return around.sort((a, b) => b.length - a.length)[0];
    }
}

function showOutcome(testRun: vscode.TestRun, item: vscode.TestItem, result: NodeResult | undefined): void {
    const shown = outcome(result);
    switch (shown.kind) {
        case "passed":
            testRun.passed(item, shown.ms);
            break;
        case "skipped":
            testRun.skipped(item);
            break;
        case "failed":
        case "errored": {
            const message = new vscode.TestMessage(shown.message);
            if (item.uri && item.range) {
                message.location = new vscode.Location(item.uri, item.range);
            }
            testRun[shown.kind](item, message, shown.ms);
            break;
        }
    }
}
