//! The commands: what is sent to the server, and how the answers are shown.
//!
//! The names are those that the server's code lenses and code actions carry, so a click on a lens ends here too.

import * as vscode from "vscode";
import { type ActiveDocument, commandArgument, subject } from "./command_argument.ts";
import { COMPILED_SCHEME } from "./compiled_text.ts";
import type { CompiledView } from "./compiled_view.ts";
import { diffRows, diffSummary } from "./diff_rows.ts";
import type { LineageView } from "./lineage_view.ts";
import type { PreviewPanel } from "./preview_panel.ts";
import type {
    CatalogResult,
    CommandArgument,
    CompiledResult,
    DiffResult,
    PreviewResult,
    RunResult,
    Status,
} from "./protocol.ts";
import { isFailure, renderRun } from "./run_results.ts";
import type { Server } from "./server.ts";
import { chooseDeferral, showMenu, switchTarget } from "./status_bar.ts";
import type { TestExplorer } from "./test_explorer.ts";

/** What commands show their results in. */
export interface Views {
    compiled: CompiledView;
    lineage: LineageView;
    preview: PreviewPanel;
    tests: TestExplorer;
    results: vscode.OutputChannel;
    log: vscode.LogOutputChannel;
}

/** Something that the user asks of one model. */
type ModelCommand = (server: Server, views: Views, argument: CommandArgument) => Promise<void>;

const MODEL_COMMANDS: Readonly<Record<string, ModelCommand>> = {
    "dagsmith.run": runWith("dagsmith.run", "Running"),
    "dagsmith.build": runWith("dagsmith.build", "Building"),
    "dagsmith.test": runWith("dagsmith.test", "Testing"),
    "dagsmith.seed": runWith("dagsmith.seed", "Loading"),
    "dagsmith.snapshot": runWith("dagsmith.snapshot", "Taking a snapshot of"),
    "dagsmith.freshness": runWith("dagsmith.freshness", "Looking how fresh is"),
    "dagsmith.preview": preview,
    "dagsmith.compile": compile,
    "dagsmith.generateProperties": generateWith("dagsmith.generateProperties", "Describing"),
    "dagsmith.generateModelFromSource": generateWith(
        "dagsmith.generateModelFromSource",
        "Creating a model in",
    ),
    "dagsmith.generateSource": generateSource,
    "dagsmith.diff": diff,
    "dagsmith.readCatalog": readCatalog,
    "dagsmith.showCompiled": (_server, views, argument) =>
        views.compiled.show(vscode.Uri.parse(argument.uri)),
    "dagsmith.showLineage": (_server, views, argument) => views.lineage.show(argument.uri, argument.position),
    "dagsmith.showColumnLineage": (_server, views, argument) =>
        views.lineage.showColumn(argument.uri, argument.position),
};

export function registerCommands(server: Server, views: Views): vscode.Disposable[] {
    const ofModels = Object.entries(MODEL_COMMANDS).map(([name, command]) =>
        vscode.commands.registerCommand(name, (given: unknown) => onModel(command, server, views, given)),
    );
    return [
        ...ofModels,
        vscode.commands.registerCommand("dagsmith.showPreviews", () => showPreviews(views)),
        vscode.commands.registerCommand("dagsmith.restart", () => server.restart()),
        vscode.commands.registerCommand("dagsmith.showLog", () => views.log.show()),
        vscode.commands.registerCommand("dagsmith.switchTarget", () => switchTarget(server)),
        vscode.commands.registerCommand("dagsmith.defer", () => chooseDeferral()),
        vscode.commands.registerCommand("dagsmith.rebuildIndex", () => readAnew(server, views)),
        vscode.commands.registerCommand("dagsmith.showMenu", () => showMenu(server)),
    ];
}

async function readAnew(server: Server, views: Views): Promise<void> {
    try {
        await server.execute<Status>("Reading the projects anew", "dagsmith.rebuildIndex", {});
        vscode.window.setStatusBarMessage("$(check) Read the projects anew", 8000);
    } catch (error) {
        views.log.error(String(error));
        void vscode.window.showErrorMessage(`Dagsmith: ${error instanceof Error ? error.message : error}`);
    }
}

async function onModel(command: ModelCommand, server: Server, views: Views, given: unknown): Promise<void> {
    const argument = commandArgument(given, activeDocument());
    if (!argument) {
        void vscode.window.showInformationMessage("Dagsmith: open a model first.");
        return;
    }
    try {
        await command(server, views, argument);
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        views.log.error(message);
        if (!(error instanceof vscode.CancellationError)) {
            void vscode.window.showErrorMessage(`Dagsmith: ${message}`);
        }
    }
}

/** The model in front, in its own editor, behind its compiled view, or beside the results grid. */
function activeDocument(): ActiveDocument | undefined {
    const active = vscode.window.activeTextEditor;
    if (active?.document.uri.scheme === COMPILED_SCHEME) {
        return { uri: active.document.uri.query };
    }
    const editors = [active, ...vscode.window.visibleTextEditors];
    const editor = editors.find((candidate) => candidate?.document.uri.scheme === "file");
    if (!editor) {
        return undefined;
    }
    const { line, character } = editor.selection.active;
    return { uri: editor.document.uri.toString(), position: { line, character } };
}

function runWith(command: string, doing: string): ModelCommand {
    return async (server, views, argument) => {
        const title = `${doing} ${subject(argument)}`;
        const run = await server.execute<RunResult>(title, command, argument);
        views.tests.publish(title, run);
        views.results.append(`${renderRun(title, run)}\n`);
        await showOutcome(`${title}: ${run.summary}`, run, views.results);
    };
}

/** The server asks for the edit; what it was is worth a word. */
function generateWith(command: string, doing: string): ModelCommand {
    return async (server, _views, argument) => {
        const made = await server.execute<string>(`${doing} ${subject(argument)}`, command, argument);
        vscode.window.setStatusBarMessage(`$(check) ${made}`, 8000);
    };
}

/** In a properties file the source at the cursor is meant; elsewhere somebody has to say which schema. */
async function generateSource(server: Server, views: Views, given: CommandArgument): Promise<void> {
    const argument = { ...given };
    if (argument.schema === undefined && !/\.ya?ml$/.test(argument.uri)) {
        const schema = await vscode.window.showInputBox({
            title: "Declare the Tables of a Schema",
            prompt: "The schema in the warehouse; the source gets its name",
        });
        if (!schema) {
            return;
        }
        argument.schema = schema;
    }
    await generateWith("dagsmith.generateSource", "Reading the tables for")(server, views, argument);
}

async function diff(server: Server, views: Views, given: CommandArgument): Promise<void> {
    const limit = vscode.workspace.getConfiguration("dagsmith").get<number>("preview.limit", 500);
    const title = `Comparing ${subject(given)}`;
    const found = await server.execute<DiffResult>(title, "dagsmith.diff", { limit, ...given });
    const summary = `${subject(given)}: ${diffSummary(found)}`;
    views.results.appendLine(summary);
    vscode.window.setStatusBarMessage(`$(diff) ${summary}`, 8000);
    if (found.rows.length > 0) {
        views.preview.show(`changes of ${subject(given)}`, diffRows(found));
    } else {
        void vscode.window.showInformationMessage(`Dagsmith: ${summary}`);
    }
}

/** Of the whole project, unless nodes are named. */
async function readCatalog(server: Server, _views: Views, argument: CommandArgument): Promise<void> {
    const title = "Reading the columns of the warehouse";
    const read = await server.execute<CatalogResult>(title, "dagsmith.readCatalog", argument);
    vscode.window.setStatusBarMessage(`$(check) Read the columns of ${read.relations} relations`, 8000);
    if (read.errors.length > 0) {
        void vscode.window.showWarningMessage(`Dagsmith: ${read.errors.join("; ")}`);
    }
}

async function showOutcome(text: string, run: RunResult, results: vscode.OutputChannel): Promise<void> {
    if (run.success) {
        vscode.window.setStatusBarMessage(`$(check) ${text}`, 8000);
        return;
    }
    const showAll = "Show Results";
    const first = run.results.find(isFailure)?.message?.trim().split("\n")[0];
    const choice = await vscode.window.showErrorMessage(first ? `${text}: ${first}` : text, showAll);
    if (choice === showAll) {
        results.show(true);
    }
}

async function preview(server: Server, views: Views, given: CommandArgument): Promise<void> {
    const argument = { ...given, ...selectedPart(given) };
    const limit = vscode.workspace.getConfiguration("dagsmith").get<number>("preview.limit", 500);
    const name = subject(argument);
    const rows = await server.execute<PreviewResult>(`Previewing ${name}`, "dagsmith.preview", {
        limit,
        ...argument,
    });
    views.preview.show(name, rows);
}

/** What is selected in the editor in front, if nothing else was asked for. */
function selectedPart(given: CommandArgument): Pick<CommandArgument, "range"> {
    const editor = vscode.window.activeTextEditor;
    const isAsked = given.selector !== undefined || given.cte !== undefined;
    if (!editor || isAsked || editor.selection.isEmpty || editor.document.uri.toString() !== given.uri) {
        return {};
    }
    const { start, end } = editor.selection;
    return {
        range: {
            start: { line: start.line, character: start.character },
            end: { line: end.line, character: end.character },
        },
    };
}

function showPreviews(views: Views): void {
    if (!views.preview.showAgain()) {
        void vscode.window.showInformationMessage("Dagsmith: nothing was previewed yet.");
    }
}

async function compile(server: Server, _views: Views, argument: CommandArgument): Promise<void> {
    const title = `Compiling ${subject(argument)}`;
    const compiled = await server.execute<CompiledResult>(title, "dagsmith.compile", argument);
    const problem = compiled.errors[0]?.message;
    if (problem !== undefined) {
        const text = typeof problem === "string" ? problem : problem.value;
        void vscode.window.showWarningMessage(`${title}: ${text}`);
    }
    if (compiled.text !== "") {
        const document = await vscode.workspace.openTextDocument({ language: "sql", content: compiled.text });
        await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
    }
}
