//! What the status bar says: the state of the server, the project and target in front, and how many errors there are.

import type { Project, Status } from "./protocol.ts";

export type ServerState = "missing" | "starting" | "running" | "stopped" | "failed";

export interface StatusView {
    state: ServerState;
    status?: Status | undefined;
    /** URI of the document in front. */
    document?: string | undefined;
    errors: number;
}

export interface StatusText {
    text: string;
    tooltip: string;
    severity: "normal" | "warning" | "error";
}

const NOT_RUNNING: Readonly<Record<Exclude<ServerState, "running">, StatusText>> = {
    missing: {
        text: "$(warning) Dagsmith",
        tooltip: "The binary `dagsmith` was not found",
        severity: "warning",
    },
    starting: { text: "$(sync~spin) Dagsmith", tooltip: "The server is starting", severity: "normal" },
    stopped: { text: "$(circle-slash) Dagsmith", tooltip: "The server is not running", severity: "warning" },
    failed: {
        text: "$(error) Dagsmith",
        tooltip: "The server could not be started; the log says why",
        severity: "error",
    },
};

export function statusText(view: StatusView): StatusText {
    if (view.state !== "running") {
        return NOT_RUNNING[view.state];
    }
    const projects = view.status?.projects ?? [];
    const project = projectOf(view.document, projects);
    const errors = view.errors > 0 ? ` $(error) ${view.errors}` : "";
    return {
        text: `${icon(project)} ${project ? label(project) : "Dagsmith"}${errors}`,
        tooltip: tooltip(view, projects),
        severity: project?.state === "error" ? "error" : "normal",
    };
}

/** The innermost project that the document lies in; when it lies in none, the only one that is not part of another. */
export function projectOf(document: string | undefined, projects: readonly Project[]): Project | undefined {
    const around = projects
        .filter((project) => document !== undefined && liesIn(document, project))
        .sort((left, right) => right.root.length - left.root.length);
    const outermost = projects.filter((project) => !projects.some((other) => liesIn(project.root, other)));
    return around[0] ?? (outermost.length === 1 ? outermost[0] : undefined);
}

function liesIn(uri: string, project: Project): boolean {
    const folder = `${project.root.replace(/\/$/, "")}/`;
    return uri.startsWith(folder) && uri.length > folder.length;
}

function icon(project: Project | undefined): string {
    switch (project?.state) {
        case "loading":
            return "$(sync~spin)";
        case "error":
            return "$(error)";
        case "ready":
        case undefined:
            return "$(database)";
    }
}

function label(project: Project): string {
    return project.target === null || project.target === undefined
        ? project.name
        : `${project.name} › ${project.target}`;
}

function tooltip(view: StatusView, projects: readonly Project[]): string {
    const lines = [`Dagsmith ${view.status?.version ?? ""}`.trim()];
    for (const project of projects) {
        const models = `${project.models} ${project.models === 1 ? "model" : "models"}`;
        lines.push(`${label(project)}: ${project.state}, ${models}`);
    }
    if (view.status?.deferState) {
        lines.push(`Defers to ${view.status.deferState}`);
    }
    if (view.errors > 0) {
        lines.push(`${view.errors} ${view.errors === 1 ? "error" : "errors"}`);
    }
    return lines.join("\n");
}

export interface TargetItem {
    label: string;
    description: string;
    /** Of the setting. */
    target: string | undefined;
}

/**
 * What the target can be switched to: those of the profile, and whichever the profile says.
 *
 * @param chosen what the setting says; it may name a target that the profile has no more
 */
export function targetItems(project: Project | undefined, chosen: string | undefined): TargetItem[] {
    const targets = project?.targets ?? [];
    const named = targets.map((target) => ({
        label: target,
        description: target === project?.target ? "in use" : "",
        target,
    }));
    const fallback = {
        label: "Profile's default",
        description: chosen === undefined ? "in use" : "",
        target: undefined,
    };
    return [...named, fallback];
}
