//! The language server's life: finding the binary, starting, stopping, restarting, and what is asked of it.
//!
//! A start makes a new client, since the binary, the projects and the settings may have changed. Features hold on to
//! `Server` and its events, never to a client.

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
    type ClientCapabilities,
    DidChangeConfigurationNotification,
    type DynamicFeature,
    ExecuteCommandRequest,
    LanguageClient,
    type LanguageClientOptions,
    RevealOutputChannelOn,
    State,
    type StaticFeature,
    WorkDoneProgress,
} from "vscode-languageclient/node";
import { findBinary, missingMessage } from "./binary.ts";
import { logLine } from "./log_line.ts";
import { documentSelector, EXCLUDED_FOLDERS, projectRoots } from "./project_roots.ts";
import {
    type ColumnLineage,
    type ColumnLineageParams,
    type CommandArgument,
    type CompiledResult,
    columnLineageRequest,
    columnsRequest,
    compiledChanged,
    compiledRequest,
    type Lineage,
    type LineageParams,
    type ListedTest,
    lineageRequest,
    type NodeColumns,
    type Status,
    statusChanged,
    statusRequest,
    testsRequest,
} from "./protocol.ts";
import { type ServerSettings, serverCommand, serverSettings } from "./server_command.ts";
import type { ServerState } from "./status_text.ts";

/** Tells the server what this client can do beyond the standard. */
const extraCapabilities: StaticFeature = {
    fillClientCapabilities(capabilities: ClientCapabilities): void {
        capabilities.experimental = { dagsmith: { compiledDocument: true, results: true } };
    },
    initialize(): void {},
    getState() {
        return { kind: "static" };
    },
    clear(): void {},
};

/** Leaves the server's commands to `commands.ts`, which shows their results; the stock feature would take their names. */
class Client extends LanguageClient {
    override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
        const method = "registrationType" in feature ? feature.registrationType.method : undefined;
        if (method !== ExecuteCommandRequest.method) {
            super.registerFeature(feature);
        }
    }
}

export class Server implements vscode.Disposable {
    private client: Client | undefined;
    private roots: string[] = [];
    private currentState: ServerState = "stopped";
    private currentStatus: Status | undefined;
    /** Starts and stops happen one after the other. */
    private queue: Promise<void> = Promise.resolve();
    private readonly changed = new vscode.EventEmitter<void>();
    private readonly compiledStale = new vscode.EventEmitter<string>();

    /** The state or the status has changed. */
    readonly onDidChange = this.changed.event;
    /** What the document of this URI compiles to may have changed without an edit in it. */
    readonly onCompiledStale = this.compiledStale.event;

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly log: vscode.LogOutputChannel,
    ) {}

    get state(): ServerState {
        return this.currentState;
    }

    get status(): Status | undefined {
        return this.currentStatus;
    }

    get hasProjects(): boolean {
        return this.roots.length > 0;
    }

    /** Starts the server if the workspace has a project; restarts it if it runs. */
    restart(): Promise<void> {
        return this.enqueue(async () => {
            await this.stopClient();
            await this.startClient();
        });
    }

    /** Restarts only if the workspace's projects are no longer those that the server was started for. */
    async projectsChanged(): Promise<void> {
        const roots = await findRoots();
        if (roots.join("\n") !== this.roots.join("\n")) {
            await this.restart();
        }
    }

    /** Hands the settings on, as they are now. */
    async settingsChanged(): Promise<void> {
        if (this.client?.state === State.Running) {
            await this.client.sendNotification(DidChangeConfigurationNotification.type, {
                settings: { dagsmith: currentSettings() },
            });
        }
    }

    async compiled(uri: string, token: vscode.CancellationToken): Promise<CompiledResult> {
        return this.running().sendRequest(compiledRequest, { textDocument: { uri } }, token);
    }

    /** Null where no node is meant. */
    async lineage(params: LineageParams, token?: vscode.CancellationToken): Promise<Lineage | null> {
        return this.running().sendRequest(lineageRequest, params, token);
    }

    /** Null where no column is meant. */
    async columnLineage(
        params: ColumnLineageParams,
        token?: vscode.CancellationToken,
    ): Promise<ColumnLineage | null> {
        return this.running().sendRequest(columnLineageRequest, params, token);
    }

    /** Of a node of the project that the document is part of; null for what has none. */
    async columns(uri: string, uniqueId: string): Promise<NodeColumns | null> {
        return this.running().sendRequest(columnsRequest, { textDocument: { uri }, uniqueId });
    }

    /** Of a project, by the URI of its folder. */
    async tests(root: string): Promise<ListedTest[]> {
        return this.running().sendRequest(testsRequest, { root });
    }

    /** Executes a command of the server for a caller that shows its progress itself. */
    async executeQuietly<Result>(
        command: string,
        argument: CommandArgument,
        token: vscode.CancellationToken,
    ): Promise<Result> {
        const params = { command, arguments: [argument] };
        return (await this.running().sendRequest(ExecuteCommandRequest.type, params, token)) as Result;
    }

    /** Executes a command of the server, with its progress in a notification that can cancel it. */
    execute<Result>(title: string, command: string, argument: CommandArgument | object): Thenable<Result> {
        const client = this.running();
        const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
        return vscode.window.withProgress(options, async (progress, token) => {
            const workDoneToken = crypto.randomUUID();
            const listener = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
                if (value.kind !== "end" && value.message) {
                    progress.report({ message: value.message });
                }
            });
            try {
                const params = { command, arguments: [argument], workDoneToken };
                return (await client.sendRequest(ExecuteCommandRequest.type, params, token)) as Result;
            } finally {
                listener.dispose();
            }
        });
    }

    dispose(): void {
        this.changed.dispose();
        this.compiledStale.dispose();
    }

    /** The end of the extension. */
    stop(): Promise<void> {
        return this.enqueue(() => this.stopClient());
    }

    private enqueue(step: () => Promise<void>): Promise<void> {
        this.queue = this.queue.then(step, step);
        return this.queue;
    }

    private running(): Client {
        if (this.client?.state !== State.Running) {
            throw new Error("the Dagsmith server is not running");
        }
        return this.client;
    }

    private async stopClient(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        this.currentStatus = undefined;
        this.setState("stopped");
        if (client) {
            try {
                await client.dispose();
            } catch (error) {
                // A server that hangs or has crashed is not worth a message: it is going away.
                this.log.warn(`stopping: ${error}`);
            }
        }
    }

    private async startClient(): Promise<void> {
        this.roots = await findRoots();
        if (this.roots.length === 0) {
            this.setState("stopped");
            return;
        }
        const binary = this.findBinary();
        if (binary === undefined) {
            this.setState("missing");
            return;
        }
        this.log.info(`starting ${binary} for ${this.roots.join(", ")}`);
        const { command, args } = serverCommand(binary);
        const client = new Client("dagsmith", "Dagsmith", { command, args }, this.clientOptions());
        client.registerFeature(extraCapabilities);
        this.client = client;
        this.listenTo(client);
        try {
            await client.start();
        } catch (error) {
            this.log.error(`${binary}: ${error}`);
            this.setState("failed");
        }
    }

    private listenTo(client: Client): void {
        client.onDidChangeState((event) => {
            if (this.client === client) {
                this.setState(stateOf(event.newState));
                if (event.newState === State.Running) {
                    void this.refreshStatus(client);
                }
            }
        });
        client.onNotification(compiledChanged, ({ uri }) => this.compiledStale.fire(uri));
        client.onNotification(statusChanged, (status) => {
            if (this.client === client) {
                this.setStatus(status);
            }
        });
    }

    private clientOptions(): LanguageClientOptions {
        return {
            documentSelector: documentSelector(this.roots),
            outputChannel: this.log,
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            initializationOptions: currentSettings,
            diagnosticCollectionName: "dagsmith",
            stdioOptions: { stdout: this.logFrom, stderr: this.logFrom },
            middleware: {
                workspace: {
                    configuration: (params) =>
                        params.items.map((item) => (item.section === "dagsmith" ? currentSettings() : null)),
                },
            },
        };
    }

    /** The server's log, line by line, at the levels that the lines name. */
    private readonly logFrom = (stream: Readable, channel: vscode.LogOutputChannel): void => {
        createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
            const { level, text } = logLine(line);
            channel[level](text);
        });
    };

    private findBinary(): string | undefined {
        const configured = vscode.workspace.getConfiguration("dagsmith").get<string | null>("path");
        const search = findBinary(configured, {
            platform: process.platform,
            home: homedir(),
            environment: process.env,
            extensionFolder: this.context.extensionPath,
            isExecutable,
        });
        if (search.found) {
            return search.path;
        }
        this.log.error(`no binary; looked for ${search.tried.join(", ")}`);
        void this.offerHelp(missingMessage(search));
        return undefined;
    }

    private async offerHelp(message: string): Promise<void> {
        const settings = "Open Settings";
        const again = "Try Again";
        const choice = await vscode.window.showWarningMessage(message, settings, again);
        if (choice === settings) {
            await vscode.commands.executeCommand("workbench.action.openSettings", "dagsmith.path");
        } else if (choice === again) {
            await this.restart();
        }
    }

    private async refreshStatus(client: Client): Promise<void> {
        try {
            this.setStatus(await client.sendRequest(statusRequest));
        } catch (error) {
            this.log.warn(`no status: ${error}`);
        }
    }

    private setState(state: ServerState): void {
        this.currentState = state;
        void vscode.commands.executeCommand("setContext", "dagsmith.inProject", this.hasProjects);
        this.changed.fire();
    }

    private setStatus(status: Status): void {
        this.currentStatus = status;
        this.changed.fire();
    }
}

/** The settings of the first folder stand for the workspace: a server has one set of them. */
function currentSettings(): ServerSettings {
    const scope = vscode.workspace.workspaceFolders?.[0]?.uri ?? null;
    return serverSettings(vscode.workspace.getConfiguration("dagsmith", scope), vscode.workspace.isTrusted);
}

async function findRoots(): Promise<string[]> {
    const files = await vscode.workspace.findFiles("**/dbt_project.yml", EXCLUDED_FOLDERS);
    return projectRoots(files.filter((file) => file.scheme === "file").map((file) => file.toString()));
}

function stateOf(state: State): ServerState {
    switch (state) {
        case State.Running:
            return "running";
        case State.Starting:
            return "starting";
        case State.StartFailed:
            return "failed";
        case State.Stopped:
            return "stopped";
    }
}

function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        // Not there, or not ours to execute: either way not a candidate.
        return false;
    }
}
