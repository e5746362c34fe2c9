//! The lineage panel: a view beside the terminal that shows what the thing under the cursor reads, and what reads it.
//!
//! What is shown of the graph is the page's to know; this side asks the server, opens files, and says where the cursor is.

import * as vscode from "vscode";
import { type FromPage, LINEAGE_BODY, type ToPage } from "./lineage_messages.ts";
import { page, pageOptions } from "./page.ts";
import type { Lineage, LineageParams } from "./protocol.ts";
import type { Server } from "./server.ts";

export const LINEAGE_VIEW = "dagsmith.lineage";

/** Walking through a file with the arrow keys asks once, at its end. */
const QUIET_MS = 150;

const NOWHERE = "Put the cursor into a model, seed, snapshot, source or exposure.";

export class LineageView implements vscode.WebviewViewProvider, vscode.Disposable {
    private view: vscode.WebviewView | undefined;
    private follows = true;
    /** A document of the project whose graph is shown. */
    private document: string | undefined;
    private readonly places = new Map<string, NonNullable<Lineage["nodes"][number]["location"]>>();
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
                const editor = vscode.window.activeTextEditor;
                if (editor?.document === document) {
                    this.moved(editor);
                }
            }),
            server.onDidChange(() => this.moved(vscode.window.activeTextEditor)),
        ];
    }

    /** Opens the panel for what the cursor is on, or for a node of the given document. */
    async show(uri: string, position?: LineageParams["position"]): Promise<void> {
        await vscode.commands.executeCommand(`${LINEAGE_VIEW}.focus`);
        await this.ask({ textDocument: { uri }, ...(position && { position }) });
    }

    resolveWebviewView(view: vscode.WebviewView): void {
        this.view = view;
        view.onDidDispose(() => {
            this.view = undefined;
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
            this.document = params.textDocument.uri;
            this.post({ kind: "at", lineage, anew });
        } else if (this.document === undefined) {
            this.post({ kind: "nothing", message: NOWHERE });
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
            case "ready":
                this.post({ kind: "nothing", message: NOWHERE });
                this.moved(editor);
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

    private async open(id: string, focus: boolean): Promise<void> {
        const place = this.places.get(id);
        if (place === undefined) {
            return;
        }
        const { line, character } = place.range.start;
        // A model is all of its file: the cursor stays where it was in it.
        const isFile = line === 0 && character === 0;
        await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), {
            ...(!isFile && { selection: new vscode.Range(line, character, line, character) }),
            preserveFocus: !focus,
            viewColumn: vscode.window.activeTextEditor?.viewColumn ?? vscode.ViewColumn.One,
        });
    }

    private post(message: ToPage): void {
        void this.view?.webview.postMessage(message);
    }
}
