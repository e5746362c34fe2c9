//! The lineage panel: a view beside the terminal that shows what the thing under the cursor reads, and what reads it; of
//! columns, too.
//!
//! What is shown of the graph is the page's to know; this side asks the server, opens files, and says where the cursor is.

import * as vscode from "vscode";
import { columnKey, tracedNodes } from "./lineage_columns.ts";
import { type FromPage, LINEAGE_BODY, type ToPage } from "./lineage_messages.ts";
import { page, pageOptions } from "./page.ts";
import type { ColumnName, Lineage, LineageColumn, LineageNode, LineageParams } from "./protocol.ts";
import type { Server } from "./server.ts";

export const LINEAGE_VIEW = "dagsmith.lineage";

/** Walking through a file with the arrow keys asks once, at its end. */
const QUIET_MS = 150;

/** How far a column is followed, in steps from node to node, and how many nodes that may bring into the panel. */
const TRACE_STEPS = 25;
const TRACE_NODES = 60;

type Place = NonNullable<LineageNode["location"]>;

const NOWHERE = "Put the cursor into a model, seed, snapshot, source or exposure.";

export class LineageView implements vscode.WebviewViewProvider, vscode.Disposable {
    private view: vscode.WebviewView | undefined;
    private follows = true;
    /** A document of the project whose graph is shown. */
    private document: string | undefined;
    /** Of nodes by id, and of columns by their key. */
    private readonly places = new Map<string, Place>();
    /** Something was edited since the page was told. */
    private edited = false;
    private isReady = false;
    /** What is to be shown once the page is there. */
    private awaited: (() => Promise<void>) | undefined;
    private waiting: NodeJS.Timeout | undefined;
    private asking: vscode.CancellationTokenSource | undefined;
    private readonly subscriptions: vscode.Disposable[];

    constructor(
        private readonly server: Server,
        private readonly extensionUri: vscode.Uri,
    ) {
        this.subscriptions = [
            vscode.window.registerWebviewViewProvider(LINEAGE_VIEW, this, {
                webviewOptions: { retainContextWhenHidden: true },
            }),
            vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.moved(textEditor)),
            vscode.window.onDidChangeActiveTextEditor((editor) => this.moved(editor)),
            vscode.workspace.onDidChangeTextDocument(({ document }) => {
                this.edited = true;
                const editor = vscode.window.activeTextEditor;
                if (editor?.document === document) {
                    this.moved(editor);
                }
            }),
            server.onDidChange(() => {
                this.edited = true;
                this.moved(vscode.window.activeTextEditor);
            }),
        ];
    }

    /** Opens the panel for what the cursor is on, or for a node of the given document. */
    async show(uri: string, position?: LineageParams["position"]): Promise<void> {
        await vscode.commands.executeCommand(`${LINEAGE_VIEW}.focus`);
        await this.whenReady(() => this.ask({ textDocument: { uri }, ...(position && { position }) }));
    }

    /** Opens the panel with the lineage of the column at a position. */
    async showColumn(uri: string, position: LineageParams["position"]): Promise<void> {
        const params = { textDocument: { uri }, ...(position && { position }) };
        const found = await this.server.columnLineage({ ...params, upstream: 0, downstream: 0 });
        if (!found) {
            void vscode.window.showInformationMessage("Dagsmith: no column is known here.");
            return;
        }
        await vscode.commands.executeCommand(`${LINEAGE_VIEW}.focus`);
        await this.whenReady(async () => {
            await this.ask(params);
            await this.trace(found.focus);
        });
    }

    resolveWebviewView(view: vscode.WebviewView): void {
        this.view = view;
        this.isReady = false;
        view.onDidDispose(() => {
            this.view = undefined;
            this.isReady = false;
        });
        view.onDidChangeVisibility(() => this.moved(vscode.window.activeTextEditor));
        view.webview.onDidReceiveMessage((message: FromPage) => this.receive(message));
        view.webview.options = pageOptions(this.extensionUri);
        const content = { title: "Lineage", body: LINEAGE_BODY };
        view.webview.html = page(view.webview, this.extensionUri, "lineage", content);
    }

    dispose(): void {
        clearTimeout(this.waiting);
        this.asking?.dispose();
        vscode.Disposable.from(...this.subscriptions).dispose();
    }

    private async whenReady(step: () => Promise<void>): Promise<void> {
        if (this.isReady) {
            await step();
        } else {
            this.awaited = step;
        }
    }

    private moved(editor: vscode.TextEditor | undefined): void {
        clearTimeout(this.waiting);
        if (this.view?.visible && this.follows && editor?.document.uri.scheme === "file") {
            this.waiting = setTimeout(() => void this.askAt(editor), QUIET_MS);
        }
    }

    private async askAt(editor: vscode.TextEditor): Promise<void> {
        const { line, character } = editor.selection.active;
        const uri = editor.document.uri.toString();
        await this.ask({ textDocument: { uri }, position: { line, character } });
    }

    /** A newer question makes the older one's answer worthless. */
    private async ask(params: LineageParams, anew = false): Promise<void> {
        this.asking?.cancel();
        const asking = new vscode.CancellationTokenSource();
        this.asking = asking;
        const lineage = await this.answer(params, asking.token);
        if (asking.token.isCancellationRequested || lineage === undefined) {
            return;
        }
        if (lineage !== null) {
            const column = params.position && (await this.columnAt(params, asking.token));
            if (asking.token.isCancellationRequested) {
                return;
            }
            this.document = params.textDocument.uri;
            const { edited } = this;
            this.edited = false;
            this.post({ kind: "at", lineage, anew, ...(column && { column }), edited });
        } else if (this.document === undefined) {
            this.post({ kind: "nothing", message: NOWHERE });
        }
    }

    /** The column under the cursor; a panel without it is better than none. */
    private async columnAt(
        { textDocument, position }: LineageParams,
        token: vscode.CancellationToken,
    ): Promise<ColumnName | undefined> {
        const params = { textDocument, ...(position && { position }), upstream: 0, downstream: 0 };
        const found = await this.server.columnLineage(params, token).catch(() => null);
        this.learn(found?.columns ?? []);
        return found?.focus;
    }

    private learn(columns: readonly LineageColumn[]): void {
        for (const column of columns) {
            if (column.location) {
                this.places.set(columnKey(column), column.location);
            }
        }
    }

    /** Undefined where there is no answer: a file of no project, a server that is not there. What is shown stays. */
    private async answer(
        params: LineageParams,
        token?: vscode.CancellationToken,
    ): Promise<Lineage | null | undefined> {
        try {
            const lineage = await this.server.lineage(params, token);
            for (const { uniqueId, location } of lineage?.nodes ?? []) {
                if (location) {
                    this.places.set(uniqueId, location);
                }
            }
            return lineage;
        } catch (error) {
            if (this.document === undefined) {
                const message = error instanceof Error ? error.message : String(error);
                this.post({ kind: "nothing", message });
            }
            return undefined;
        }
    }

    private async receive(message: FromPage): Promise<void> {
        const editor = vscode.window.activeTextEditor;
        switch (message.kind) {
            case "ready": {
                this.isReady = true;
                this.post({ kind: "nothing", message: NOWHERE });
                const { awaited } = this;
                this.awaited = undefined;
                await (awaited ? awaited() : this.moved(editor));
                break;
            }
            case "columns":
                await this.columns(message.id);
                break;
            case "trace":
                await this.trace(message.column);
                break;
            case "openColumn":
                await this.openColumn(message.column, message.focus);
                break;
            case "follow":
                this.follows = message.on;
                this.moved(editor);
                break;
            case "open":
                await this.open(message.id, message.focus);
                break;
            case "center":
                if (this.document !== undefined) {
                    await this.ask({ textDocument: { uri: this.document }, uniqueId: message.id }, true);
                }
                break;
            case "more":
                await this.more(message);
                break;
        }
    }

    private async more(message: FromPage & { kind: "more" }): Promise<void> {
        if (this.document === undefined) {
            return;
        }
        const { id, direction } = message;
        const lineage = await this.answer({
            textDocument: { uri: this.document },
            uniqueId: id,
            upstream: direction === "upstream" ? 1 : 0,
            downstream: direction === "downstream" ? 1 : 0,
        });
        if (lineage) {
            this.post({ kind: "more", id, direction, lineage });
        }
    }

    private async columns(id: string): Promise<void> {
        if (this.document !== undefined) {
            // A node that has gone in the meantime has none.
            const columns = await this.server.columns(this.document, id).catch(() => null);
            this.learn(columns?.columns ?? []);
            this.post({ kind: "columns", id, columns: columns ?? { columns: [], complete: true } });
        }
    }

    /** The whole lineage of a column, with the nodes that it passes through. */
    private async trace(column: ColumnName): Promise<void> {
        const { document } = this;
        if (document === undefined) {
            return;
        }
        const textDocument = { uri: document };
        const steps = { upstream: TRACE_STEPS, downstream: TRACE_STEPS };
        const trace = await this.server.columnLineage({ textDocument, column, ...steps }).catch(() => null);
        if (!trace) {
            return;
        }
        this.learn(trace.columns);
        const ids = tracedNodes(trace, TRACE_NODES);
        const asked = ids.map((uniqueId) =>
            this.answer({ textDocument, uniqueId, upstream: 0, downstream: 0 }),
        );
        const nodes = (await Promise.all(asked)).flatMap((lineage) => lineage?.nodes ?? []);
        this.post({ kind: "trace", trace, nodes });
    }

    /** A model is all of its file: the cursor stays where it was in it. */
    private async open(id: string, focus: boolean): Promise<void> {
        const place = this.places.get(id);
        if (place) {
            const { line, character } = place.range.start;
            const start = new vscode.Range(line, character, line, character);
            await showPlace(place, start, focus);
        }
    }

    /** Selects all of what makes the column. */
    private async openColumn(column: ColumnName, focus: boolean): Promise<void> {
        const place = this.places.get(columnKey(column));
        if (place) {
            const { start, end } = place.range;
            await showPlace(
                place,
                new vscode.Range(start.line, start.character, end.line, end.character),
                focus,
            );
        } else {
            await this.open(column.uniqueId, focus);
        }
    }

    private post(message: ToPage): void {
        void this.view?.webview.postMessage(message);
    }
}

/** A range that is empty and at the beginning stands for all of the file. */
async function showPlace({ uri }: Place, range: vscode.Range, focus: boolean): Promise<void> {
    const isFile = range.isEmpty && range.start.line === 0 && range.start.character === 0;
    await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
        ...(!isFile && { selection: range }),
        preserveFocus: !focus,
        viewColumn: vscode.window.activeTextEditor?.viewColumn ?? vscode.ViewColumn.One,
    });
}
