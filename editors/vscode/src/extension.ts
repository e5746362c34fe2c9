//! The extension's entry: makes the parts, ties them together, reacts to what changes around them.
//!
//! Start reading at `server.ts` (the server's life) and `commands.ts` (what the user asks for). Files that do not import
//! `vscode` are pure, and the tests are about them.

import * as vscode from "vscode";
import { registerCommands } from "./commands.ts";
import { CompiledView } from "./compiled_view.ts";
import { LineageView } from "./lineage_view.ts";
import { PreviewPanel } from "./preview_panel.ts";
import { Server } from "./server.ts";
import { StatusBar } from "./status_bar.ts";
import { TestExplorer } from "./test_explorer.ts";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
    const log = vscode.window.createOutputChannel("Dagsmith", { log: true });
    const results = vscode.window.createOutputChannel("Dagsmith Results");
    const running = new Server(context, log);
    server = running;
    const compiled = new CompiledView(running);
    const lineage = new LineageView(running, context.extensionUri);
    const preview = new PreviewPanel(context.extensionUri);
    const tests = new TestExplorer(running);
    context.subscriptions.push(
        log,
        results,
        running,
        compiled,
        lineage,
        preview,
        tests,
        new StatusBar(running),
        ...registerCommands(running, { compiled, lineage, preview, tests, results, log }),
        ...watchSurroundings(running),
    );
    await running.restart();
}

export async function deactivate(): Promise<void> {
    await server?.stop();
}

function watchSurroundings(server: Server): vscode.Disposable[] {
    const projects = vscode.workspace.createFileSystemWatcher("**/dbt_project.yml", false, true, false);
    return [
        projects,
        projects.onDidCreate(() => server.projectsChanged()),
        projects.onDidDelete(() => server.projectsChanged()),
        vscode.workspace.onDidChangeWorkspaceFolders(() => server.projectsChanged()),
        vscode.workspace.onDidGrantWorkspaceTrust(() => server.settingsChanged()),
        vscode.workspace.onDidChangeConfiguration(async (event) => {
            if (event.affectsConfiguration("dagsmith.path")) {
                await server.restart();
            } else if (event.affectsConfiguration("dagsmith")) {
                await server.settingsChanged();
            }
        }),
    ];
}
