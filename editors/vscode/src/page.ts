//! A webview of ours: what it may load, and its HTML.

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { pageHtml } from "./page_html.ts";

export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
    const roots = ["dist", "media"].map((folder) => vscode.Uri.joinPath(extensionUri, folder));
    return { enableScripts: true, localResourceRoots: roots };
}

/** @param name of the page's script in `dist`, and of its style in `media` */
export function page(
    webview: vscode.Webview,
    extensionUri: vscode.Uri,
    name: string,
    content: { title: string; body: string },
): string {
    const asset = (folder: string, file: string) =>
        webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, folder, file)).toString();
    return pageHtml(content.title, content.body, {
        nonce: randomBytes(16).toString("base64url"),
        cspSource: webview.cspSource,
        scriptUri: asset("dist", `${name}.js`),
        styleUri: asset("media", `${name}.css`),
    });
}
