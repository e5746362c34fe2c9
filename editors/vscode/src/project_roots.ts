//! Which folders the server is asked about: the dbt projects of the workspace.

/** Folders that hold other people's projects, or copies of ours. */
export const EXCLUDED_FOLDERS = "**/{dbt_packages,dbt_modules,node_modules,target,.venv,venv}/**";

/** The languages that documents of a project are in; `jinja-sql` and `jinja` come from other extensions. */
const LANGUAGES = ["sql", "jinja-sql", "jinja", "yaml", "jinja-yaml", "markdown"];

export interface DocumentFilter {
    scheme: string;
    language: string;
    pattern: { baseUri: string; pattern: string };
}

/**
 * The folders of the given `dbt_project.yml` files, without those inside of another: the server finds nested projects itself.
 *
 * @param projectFiles URIs
 * @returns URIs, sorted
 */
export function projectRoots(projectFiles: readonly string[]): string[] {
    const folders = projectFiles.map((file) => file.slice(0, file.lastIndexOf("/"))).sort();
    const roots: string[] = [];
    for (const folder of folders) {
        if (!roots.some((root) => folder === root || folder.startsWith(`${root}/`))) {
            roots.push(folder);
        }
    }
    return roots;
}

/** Only documents that lie in a project: other SQL, YAML and Markdown of the workspace is left alone. */
export function documentSelector(roots: readonly string[]): DocumentFilter[] {
    return roots.flatMap((root) =>
        LANGUAGES.map((language) => ({
            scheme: "file",
            language,
            pattern: { baseUri: root, pattern: "**/*" },
        })),
    );
}
