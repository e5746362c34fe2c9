//! The results grid: one webview panel, reused, which shows the rows of the last preview.

import * as vscode from "vscode";
import { page, pageOptions } from "./page.ts";
import { type FromPage, PREVIEW_BODY, type ToPage } from "./preview_messages.ts";
import type { PreviewResult } from "./protocol.ts";

export class PreviewPanel implements vscode.Disposable {
    private panel: vscode.WebviewPanel | undefined;
    private shown: ToPage | undefined;

    constructor(private readonly extensionUri: vscode.Uri) {}

    show(title: string, result: PreviewResult): void {
        this.shown = { kind: "rows", title, result };
        this.panel ??= this.open();
        this.panel.title = `Preview: ${title}`;
        this.panel.reveal(undefined, true);
        this.post();
    }

    dispose(): void {
        this.panel?.dispose();
    }

    private open(): vscode.WebviewPanel {
        const panel = vscode.window.createWebviewPanel(
            "dagsmith.preview",
            "Preview",
            { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
            { ...pageOptions(this.extensionUri), enableFindWidget: true },
        );
        panel.onDidDispose(() => {
            this.panel = undefined;
            this.shown = undefined;
        });
        panel.webview.onDidReceiveMessage((message: FromPage) => this.receive(message));
        const content = { title: "Preview", body: PREVIEW_BODY };
        panel.webview.html = page(panel.webview, this.extensionUri, "preview", content);
        return panel;
    }

    /** The page loads anew each time that its tab comes to the front, and says so with `ready`. */
    private async receive(message: FromPage): Promise<void> {
        switch (message.kind) {
            case "ready":
                this.post();
                break;
            case "copy":
                await vscode.env.clipboard.writeText(message.text);
                vscode.window.setStatusBarMessage("Copied as CSV", 3000);
                break;
            case "showSql":
                await this.showSql();
                break;
        }
    }

    private post(): void {
        if (this.shown) {
            // False is answered while the page is loading; `ready` brings us here again.
            void this.panel?.webview.postMessage(this.shown);
        }
    }

    private async showSql(): Promise<void> {
        if (this.shown) {
            const content = this.shown.result.sql;
            const document = await vscode.workspace.openTextDocument({ language: "sql", content });
            await vscode.window.showTextDocument(document);
        }
    }
}
