//! The item in the status bar, and the menu behind it.

import * as vscode from "vscode";
import { COMPILED_SCHEME } from "./compiled_text.ts";
import type { Server } from "./server.ts";
import { projectOf, type StatusText, statusText, targetItems } from "./status_text.ts";

const BACKGROUNDS: Readonly<Record<StatusText["severity"], string | undefined>> = {
    normal: undefined,
    warning: "statusBarItem.warningBackground",
    error: "statusBarItem.errorBackground",
};

export class StatusBar implements vscode.Disposable {
    private readonly item: vscode.StatusBarItem;
    private readonly subscriptions: vscode.Disposable[];

    constructor(private readonly server: Server) {
        this.item = vscode.window.createStatusBarItem("dagsmith.status", vscode.StatusBarAlignment.Left, 50);
        this.item.name = "Dagsmith";
        this.item.command = "dagsmith.showMenu";
        this.subscriptions = [
            this.item,
            server.onDidChange(() => this.update()),
            vscode.window.onDidChangeActiveTextEditor(() => this.update()),
            vscode.languages.onDidChangeDiagnostics(() => this.update()),
        ];
        this.update();
    }

    dispose(): void {
        vscode.Disposable.from(...this.subscriptions).dispose();
    }

    private update(): void {
        if (!this.server.hasProjects) {
            this.item.hide();
            return;
        }
        const view = statusText({
            state: this.server.state,
            status: this.server.status,
            document: vscode.window.activeTextEditor?.document.uri.toString(),
            errors: errorCount(),
        });
        const background = BACKGROUNDS[view.severity];
        this.item.text = view.text;
        this.item.tooltip = view.tooltip;
        this.item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
        this.item.show();
    }
}

function errorCount(): number {
    return (
        vscode.languages
            .getDiagnostics()
            // The compiled view repeats what is said of its model.
            .filter(([{ scheme }]) => scheme !== COMPILED_SCHEME)
            .flatMap(([, diagnostics]) => diagnostics)
            .filter(
                ({ source, severity }) =>
                    source === "dagsmith" && severity === vscode.DiagnosticSeverity.Error,
            ).length
    );
}

interface MenuItem extends vscode.QuickPickItem {
    command: string;
    args?: unknown[];
}

const MODEL_ITEMS: readonly MenuItem[] = [
    { label: "$(play) Run model", command: "dagsmith.run" },
    { label: "$(tools) Build model", command: "dagsmith.build" },
    { label: "$(beaker) Test model", command: "dagsmith.test" },
    { label: "$(table) Preview rows", command: "dagsmith.preview" },
    { label: "$(open-preview) Show compiled SQL", command: "dagsmith.showCompiled" },
    { label: "$(diff) Compare rows with what was built", command: "dagsmith.diff" },
    { label: "$(type-hierarchy) Show lineage", command: "dagsmith.showLineage" },
    { label: "$(list-unordered) Read columns from the warehouse", command: "dagsmith.readCatalog" },
];

const ENVIRONMENT_ITEMS: readonly MenuItem[] = [
    { label: "$(server-environment) Switch target", command: "dagsmith.switchTarget" },
    { label: "$(references) Defer to another environment", command: "dagsmith.defer" },
];

const SERVER_ITEMS: readonly MenuItem[] = [
    { label: "$(refresh) Read projects anew", command: "dagsmith.rebuildIndex" },
    { label: "$(debug-restart) Restart server", command: "dagsmith.restart" },
    { label: "$(output) Show log", command: "dagsmith.showLog" },
    { label: "$(gear) Settings", command: "workbench.action.openSettings", args: ["dagsmith"] },
];

export async function showMenu(server: Server): Promise<void> {
    const items =
        server.state === "running" ? [...MODEL_ITEMS, ...ENVIRONMENT_ITEMS, ...SERVER_ITEMS] : SERVER_ITEMS;
    const choice = await vscode.window.showQuickPick(items, { title: "Dagsmith" });
    if (choice) {
        await vscode.commands.executeCommand(choice.command, ...(choice.args ?? []));
    }
}

/** Asks which target is to be used, and puts it into the settings of the workspace. */
export async function switchTarget(server: Server): Promise<void> {
    const document = vscode.window.activeTextEditor?.document.uri.toString();
    const project = projectOf(document, server.status?.projects ?? []);
    const settings = vscode.workspace.getConfiguration("dagsmith");
    const chosen = settings.get<string | null>("target") ?? undefined;
    const items = targetItems(project, chosen);
    const choice = await vscode.window.showQuickPick(items, {
        title: `Target${project ? ` of ${project.name}` : ""}`,
        placeHolder: "As with --target; runs, previews and compiled SQL follow",
    });
    if (choice) {
        await settings.update("target", choice.target, vscode.ConfigurationTarget.Workspace);
    }
}

/** Asks where to read what is not built here, and puts it into the settings of the workspace. */
export async function chooseDeferral(): Promise<void> {
    const settings = vscode.workspace.getConfiguration("dagsmith");
    const current = settings.get<string | null>("deferState") ?? undefined;
    const choose = {
        label: "$(folder-opened) Choose a folder…",
        description: "with the manifest.json of another environment",
    };
    const stop = { label: "$(circle-slash) Stop deferring", description: current ?? "" };
    const choice = await vscode.window.showQuickPick(current === undefined ? [choose] : [choose, stop], {
        title: "Defer to Another Environment",
        placeHolder: "As with --defer --state; what is not built here is read there",
    });
    if (choice === stop) {
        await settings.update("deferState", undefined, vscode.ConfigurationTarget.Workspace);
    } else if (choice === choose) {
        const folders = await vscode.window.showOpenDialog({
            title: "Folder with manifest.json",
            canSelectFiles: false,
            canSelectFolders: true,
        });
        const folder = folders?.[0];
        if (folder) {
            await settings.update("deferState", folder.fsPath, vscode.ConfigurationTarget.Workspace);
        }
    }
}
