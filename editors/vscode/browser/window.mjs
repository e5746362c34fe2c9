//! A window of VS Code in a browser, with the extension in it, and what a user does there.
//!
//! Nothing here waits for a time to pass: what is waited for is on the screen.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FILES } from "../scripts/vsix.mjs";

const PATIENCE_MS = 60_000;
/** How long a frame is looked at before it is looked for anew. */
const POLL_MS = 1000;
/** What the screen showed when something did not come. */
export const FAILURE = join(tmpdir(), "dagsmith-vscode-failure.png");
const SIZE = { width: 1180, height: 720 };

const SETTINGS = {
    "breadcrumbs.enabled": false,
    "chat.commandCenter.enabled": false,
    "editor.minimap.enabled": false,
    "extensions.ignoreRecommendations": true,
    "git.enabled": false,
    "security.workspace.trust.enabled": false,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.commandCenter": false,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": false,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
};

/** Everything that a test of the extension starts; `close` ends it. */
export class Window {
    /** @param {string} workspace a folder, which is opened as it is */
    static async open(workspace, binary, settings = {}) {
        const folder = mkdtempSync(join(tmpdir(), "dagsmith-vscode-"));
        installExtension(join(folder, "extensions"));
        const user = join(folder, "data/User");
        mkdirSync(user, { recursive: true });
        writeFileSync(join(user, "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
        // Where the server runs, not where the window is shown.
        const machine = join(folder, "data/Machine");
        mkdirSync(machine, { recursive: true });
        writeFileSync(join(machine, "settings.json"), JSON.stringify({ "dagsmith.path": binary }));
        const port = await freePort();
        const server = startServer(folder, port, workspace);
        const window = new Window({ folder, server, workspace });
        try {
            await window.#browse(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}`);
            return window;
        } catch (error) {
            await window.page?.screenshot({ path: FAILURE });
            await window.close();
            throw error;
        }
    }

    async #browse(address) {
        const { chromium } = createRequire(join(process.env.VSCODE_IN_BROWSER, "index.js"))(
            "playwright-core",
        );
        this.browser = await chromium.launch({
            executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
            args: ["--no-sandbox"],
        });
        const context = await this.browser.newContext({ viewport: SIZE });
        await context.grantPermissions(["clipboard-read", "clipboard-write"]);
        this.page = await context.newPage();
        this.page.setDefaultTimeout(PATIENCE_MS);
        await this.server.ready;
        await this.page.goto(address);
        await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
        await this.status().waitFor();
    }

    constructor(parts) {
        Object.assign(this, parts);
    }

    async close() {
        await this.browser?.close();
        this.server.stop();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
    }

    /** Runs a command of the palette by its title. */
    async command(title) {
        await this.page.keyboard.press("F1");
        const input = this.page.locator(".quick-input-widget input.input").first();
        await input.fill(`>${title}`);
        await this.#offered(title);
        await this.page.keyboard.press("Enter");
    }

    /** Opens a file of the workspace, with the cursor in a line. */
    async file(name, line = 1) {
        await this.page.keyboard.press("ControlOrMeta+p");
        const input = this.page.locator(".quick-input-widget input.input").first();
        await input.fill(`${name}:${line}`);
        await this.#offered(name);
        await this.page.keyboard.press("Enter");
        await this.tab(name).waitFor();
        await this.page.locator(".part.statusbar", { hasText: `Ln ${line},` }).waitFor();
    }

    /** What Enter would take; the list may still be that of an earlier text. */
    async #offered(text) {
        await this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: text }).waitFor();
    }

    /** The tab of a file, in front. */
    tab(name) {
        return this.page.locator(".tab.active", { hasText: name });
    }

    /** The item of the extension in the status bar. */
    status() {
        return this.page.locator(".part.statusbar .statusbar-item", { hasText: "›" });
    }

    /** A webview by an element that it alone has; webviews are frames in frames. */
    async webview(selector) {
        const until = Date.now() + PATIENCE_MS;
        while (Date.now() < until) {
            const asked = this.page.frames().map(async (frame) => {
                await frame.locator(selector).first().waitFor({ state: "attached", timeout: POLL_MS });
                return frame;
            });
            // A frame that is being loaded answers late or never; another may have what is wanted.
            const found = await Promise.any(asked).catch(() => undefined);
            if (found) {
                return found;
            }
        }
        throw new Error(`no webview with ${selector}`);
    }

    /** From dark to light, and back. */
    async toggleTheme() {
        await this.command("Preferences: Toggle between Light/Dark Themes");
        await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    }

    clipboard() {
        return this.page.evaluate(() => navigator.clipboard.readText());
    }

    /** Closes what tells of things past. */
    async clearNotifications() {
        await this.command("Notifications: Clear All Notifications");
    }
}

function installExtension(folder) {
    const { publisher, name, version } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const [path, source] of Object.entries(FILES)) {
        const target = join(folder, `${publisher}.${name}-${version}`, path.replace(/^extension\//, ""));
        mkdirSync(dirname(target), { recursive: true });
        cpSync(source, target);
    }
}

function startServer(folder, port, workspace) {
    const entry = join(process.env.VSCODE_IN_BROWSER, "node_modules/code-server/out/node/entry.js");
    const options = [
        "--auth",
        "none",
        "--disable-telemetry",
        "--disable-update-check",
        "--disable-workspace-trust",
    ];
    const places = ["--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];
    const address = ["--bind-addr", `127.0.0.1:${port}`];
    // In a group of its own: it has children, which end with it.
    const child = spawn(process.execPath, [entry, ...options, ...places, ...address, workspace], {
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    const ready = new Promise((resolve, reject) => {
        child.on("exit", () => reject(new Error("code-server has ended")));
        child.stdout.on("data", (text) => {
            if (/HTTP server listening/.test(text)) {
                resolve();
            }
        });
    });
    const stop = () => {
        child.removeAllListeners("exit");
        process.kill(-child.pid, "SIGKILL");
    };
    return { ready, stop };
}

function freePort() {
    return new Promise((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}
