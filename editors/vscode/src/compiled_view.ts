//! The live compiled view: a read-only document beside the model, which follows its edits.

import * as vscode from "vscode";
import { CompiledPlaces } from "./compiled_places.ts";
import { COMPILED_SCHEME, compiledText, compiledUriParts, refusalText } from "./compiled_text.ts";
import type { Server } from "./server.ts";

export class CompiledView implements vscode.TextDocumentContentProvider, vscode.Disposable {
    private readonly changed = new vscode.EventEmitter<vscode.Uri>();
    /** Refreshes that wait for quiet, by view. */
    private readonly waiting = new Map<string, NodeJS.Timeout>();
    private readonly places = new CompiledPlaces();
    private readonly subscriptions: vscode.Disposable[];

    readonly onDidChange = this.changed.event;

    constructor(private readonly server: Server) {
        this.subscriptions = [
            this.places,
            vscode.workspace.registerTextDocumentContentProvider(COMPILED_SCHEME, this),
            vscode.workspace.onDidChangeTextDocument(({ document }) => this.sourceEdited(document.uri)),
            server.onCompiledStale((uri) => this.refreshNow(vscode.Uri.parse(uri))),
            server.onDidChange(() => this.serverChanged()),
        ];
    }

    /** Opens the view beside the active editor; the focus stays with the model. */
    async show(source: vscode.Uri): Promise<void> {
        const document = await vscode.workspace.openTextDocument(viewOf(source));
        await vscode.window.showTextDocument(document, {
            viewColumn: vscode.ViewColumn.Beside,
            preserveFocus: true,
            preview: true,
        });
    }

    async provideTextDocumentContent(view: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
        try {
            const result = await this.server.compiled(view.query, token);
            this.places.remember(view, result);
            return compiledText(result);
        } catch (error) {
            this.places.remember(view, undefined);
            return refusalText(error instanceof Error ? error.message : String(error));
        }
    }

    dispose(): void {
        for (const timer of this.waiting.values()) {
            clearTimeout(timer);
        }
        this.changed.dispose();
        vscode.Disposable.from(...this.subscriptions).dispose();
    }

    private sourceEdited(source: vscode.Uri): void {
        const view = openView(source);
        if (!view) {
            return;
        }
        const key = view.toString();
        const delay = vscode.workspace.getConfiguration("dagsmith").get<number>("compiled.delay", 150);
        clearTimeout(this.waiting.get(key));
        this.waiting.set(
            key,
            setTimeout(() => {
                this.waiting.delete(key);
                this.changed.fire(view);
            }, delay),
        );
    }

    private refreshNow(source: vscode.Uri): void {
        const view = openView(source);
        if (view) {
            this.changed.fire(view);
        }
    }

    /** A server that has come up can answer what the last one could not. */
    private serverChanged(): void {
        if (this.server.state === "running") {
            for (const document of vscode.workspace.textDocuments) {
                if (document.uri.scheme === COMPILED_SCHEME) {
                    this.changed.fire(document.uri);
                }
            }
        }
    }
}

function viewOf(source: vscode.Uri): vscode.Uri {
    return vscode.Uri.from(compiledUriParts(source.toString()));
}

function openView(source: vscode.Uri): vscode.Uri | undefined {
    const view = viewOf(source).toString();
    return vscode.workspace.textDocuments.find((document) => document.uri.toString() === view)?.uri;
}
