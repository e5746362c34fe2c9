//! The results grid: one webview panel, reused, which shows the rows of a preview, and goes back to earlier ones.

import { TextEncoder } from "node:util";
import * as vscode from "vscode";
import type { Format } from "./grid.ts";
import { page, pageOptions } from "./page.ts";
import { historyLabel, type Preview, remembered } from "./preview_history.ts";
import { type FromPage, PREVIEW_BODY } from "./preview_messages.ts";
import type { PreviewResult } from "./protocol.ts";

export class PreviewPanel implements vscode.Disposable {
    private panel: vscode.WebviewPanel | undefined;
    private history: Preview[] = [];
    /** Which of the history is shown. */
    private shown = 0;

    constructor(private readonly extensionUri: vscode.Uri) {}

    show(title: string, result: PreviewResult): void {
        this.history = remembered(this.history, { title, result, at: new Date() });
        this.showEntry(0);
    }

    /** What was shown last, also after the panel was closed. */
    showAgain(): boolean {
        const isThere = this.history.length > 0;
        if (isThere) {
            this.showEntry(this.shown);
        }
        return isThere;
    }

    dispose(): void {
        this.panel?.dispose();
    }

    private get entry(): Preview | undefined {
        return this.history[this.shown];
    }

    private showEntry(index: number): void {
        this.shown = index;
        this.panel ??= this.open();
        this.panel.title = `Preview: ${this.entry?.title}`;
        this.panel.reveal(undefined, true);
        this.post();
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
                vscode.window.setStatusBarMessage(`Copied ${message.what}`, 3000);
                break;
            case "export":
                await this.export(message.format, message.text);
                break;
            case "history":
                this.showEntry(message.index);
                break;
            case "showSql":
                await this.showSql();
                break;
        }
    }

    private post(): void {
        if (this.entry) {
            const { title, result } = this.entry;
            const history = this.history.map(historyLabel);
            // False is answered while the page is loading; `ready` brings us here again.
            void this.panel?.webview.postMessage({ kind: "rows", title, result, history, shown: this.shown });
        }
    }

    private async export(format: Format, text: string): Promise<void> {
        const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
        const name = `${this.entry?.title.replaceAll(/[^\w.-]+/g, "_")}.${format}`;
        const target = await vscode.window.showSaveDialog({
            ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
            filters: format === "csv" ? { CSV: ["csv"] } : { TSV: ["tsv"] },
            title: "Export Rows",
        });
        if (target) {
            await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
            vscode.window.setStatusBarMessage(`Exported to ${vscode.workspace.asRelativePath(target)}`, 5000);
        }
    }

    private async showSql(): Promise<void> {
        if (this.entry) {
            const content = this.entry.result.sql;
            const document = await vscode.workspace.openTextDocument({ language: "sql", content });
            await vscode.window.showTextDocument(document);
        }
    }
}
