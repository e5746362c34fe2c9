//! Where the `dagsmith` binary is: the setting, the extension itself, PATH, then the folders that installers use.
//!
//! An editor started from a desktop often lacks the PATH of the user's shell, hence the folders. Pure: what is on disk is
//! asked through `isExecutable`.

import { posix, win32 } from "node:path";

/** What is known of the machine. */
export interface Machine {
    platform: NodeJS.Platform;
    home: string;
    environment: Readonly<Record<string, string | undefined>>;
    /** The folder of the extension, which may bring a binary along. */
    extensionFolder: string;
    isExecutable(path: string): boolean;
}

export type BinarySearch =
    | { found: true; path: string }
    | { found: false; configured: boolean; tried: string[] };

/** Every path at which the binary may be, best first, each once. */
export function candidates(machine: Machine): string[] {
    const path = machine.platform === "win32" ? win32 : posix;
    const name = machine.platform === "win32" ? "dagsmith.exe" : "dagsmith";
    const folders = [
        path.join(machine.extensionFolder, "bin"),
        ...pathFolders(machine),
        ...installFolders(machine),
    ];
    return [...new Set(folders.map((folder) => path.join(folder, name)))];
}

/** A configured path is taken as it is or not at all: another binary than the chosen one would only surprise. */
export function findBinary(configured: string | null | undefined, machine: Machine): BinarySearch {
    const wish = configured?.trim();
    const tried = wish ? [expandHome(wish, machine)] : candidates(machine);
    const path = tried.find((candidate) => machine.isExecutable(candidate));
    return path === undefined ? { found: false, configured: Boolean(wish), tried } : { found: true, path };
}

/** What to tell the user when there is none. */
export function missingMessage(search: BinarySearch & { found: false }): string {
    if (search.configured) {
        return `Dagsmith: "${search.tried[0]}" (setting dagsmith.path) is not an executable file.`;
    }
    return "Dagsmith: the binary `dagsmith` was not found on PATH or in the usual folders. Install it, or set dagsmith.path.";
}

function expandHome(wish: string, machine: Machine): string {
    const path = machine.platform === "win32" ? win32 : posix;
    return /^~(?=$|[\\/])/.test(wish) ? path.join(machine.home, wish.slice(1)) : wish;
}

function pathFolders(machine: Machine): string[] {
    const { environment, platform } = machine;
    const path = environment.PATH ?? environment.Path ?? "";
    const isAbsolute = platform === "win32" ? win32.isAbsolute : posix.isAbsolute;
    // An entry like `.` would let the opened folder choose the binary.
    return path.split(platform === "win32" ? ";" : ":").filter((folder) => isAbsolute(folder));
}

function installFolders({ environment, home, platform }: Machine): string[] {
    const path = platform === "win32" ? win32 : posix;
    const fromEnvironment = [environment.CARGO_HOME, environment.DAGSMITH_HOME]
        .filter((folder) => folder !== undefined)
        .map((folder) => path.join(folder, "bin"));
    const inHome = [".cargo/bin", ".dagsmith/bin", ".local/bin"].map((folder) => path.join(home, folder));
    const shared =
        platform === "win32" ? [] : ["/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin", "/usr/local/bin"];
    return [...fromEnvironment, ...inHome, ...shared];
}
