//! Which projects there are: folders with a `dbt_project.yml`, under the workspace's folders and above them.
//!
//! Projects nest (a package in a monorepo, `integration_tests/` inside a package), so a project's own folders are
//! searched too. What is installed or generated is not: it is no project of the user's.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use base::System;

/// The file that makes a folder a project.
pub(crate) const PROJECT_FILE: &str = "dbt_project.yml";

/// Folders that hold no project of the user's, wherever they are.
const SKIPPED: [&str; 8] = [
    "target",
    "dbt_packages",
    "dbt_modules",
    "node_modules",
    "venv",
    "__pycache__",
    "site-packages",
    "logs",
];

/// A workspace folder can be somebody's home: the search ends here, with a message, rather than never.
const MAX_DIRECTORIES: usize = 20_000;

/// Roots of the projects under `folder`, and of the one around it; sorted.
pub(crate) fn projects_under(system: &dyn System, folder: &Path) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = project_around(system, folder).into_iter().collect();
    let mut pending = vec![folder.to_owned()];
    let mut n_visited = 0;
    while let Some(dir) = pending.pop() {
        n_visited += 1;
        if n_visited > MAX_DIRECTORIES {
            tracing::warn!(folder = %folder.display(), "too many folders: the search for projects ends early");
            break;
        }
        // A folder that cannot be read has no project for us.
        for entry in system.read_dir(&dir).unwrap_or_default() {
            if entry.is_dir && is_searched(system, &entry.path) {
                pending.push(entry.path);
            } else if !entry.is_dir && entry.path.ends_with(PROJECT_FILE) {
                roots.push(dir.clone());
            }
        }
    }
    roots.sort();
    roots.dedup();
    roots
}

/// The root of the innermost project that `path` lies in.
pub(crate) fn project_around(system: &dyn System, path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find(|dir| system.is_file(&dir.join(PROJECT_FILE)))
        .map(Path::to_owned)
}

/// Whether a change of this path can make or unmake a project.
pub(crate) fn is_project_file(path: &Path) -> bool {
    path.ends_with(PROJECT_FILE)
}

/// Whether the search does not come to this path, relative to a workspace folder.
pub(crate) fn is_skipped(relative: &Path) -> bool {
    let is_skipped = |name: &OsStr| name.to_str().is_some_and(is_skipped_name);
    relative.iter().any(is_skipped)
}

/// Whether the set of a project's files, or what they mean, hangs on this file.
pub(crate) fn shapes_project(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| SHAPING.contains(&name))
}

/// Files that say where other files are, or which they are.
const SHAPING: [&str; 6] = [
    PROJECT_FILE,
    "packages.yml",
    "dependencies.yml",
    "package-lock.yml",
    "profiles.yml",
    ".dbtignore",
];

fn is_skipped_name(name: &str) -> bool {
    name.starts_with('.') || SKIPPED.contains(&name)
}

fn is_searched(system: &dyn System, dir: &Path) -> bool {
    let name = dir.file_name().and_then(|name| name.to_str());
    // Virtual environments have any name; they all have this file.
    name.is_some_and(|name| !is_skipped_name(name)) && !system.is_file(&dir.join("pyvenv.cfg"))
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    fn check(files: &[&str], folder: &str, expected: &[&str]) {
        let files = files
            .iter()
            .map(|path| (PathBuf::from(path), String::new()));
        let system = MemorySystem::new(files);
        let roots = projects_under(&system, Path::new(folder));
        let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(roots, expected);
    }

    #[test]
    fn finds_nested_projects() {
        check(
            &[
                "/w/shop/dbt_project.yml",
                "/w/shop/integration_tests/dbt_project.yml",
                "/w/other/models/a.sql",
            ],
            "/w",
            &["/w/shop", "/w/shop/integration_tests"],
        );
    }

    #[test]
    fn leaves_out_what_is_installed_or_generated() {
        check(
            &[
                "/w/dbt_project.yml",
                "/w/dbt_packages/utils/dbt_project.yml",
                "/w/target/x/dbt_project.yml",
                "/w/.git/dbt_project.yml",
                "/w/env/pyvenv.cfg",
                "/w/env/lib/dbt_project.yml",
            ],
            "/w",
            &["/w"],
        );
    }

    #[test]
    fn a_folder_inside_a_project_finds_it() {
        check(
            &["/w/shop/dbt_project.yml", "/w/shop/models/a.sql"],
            "/w/shop/models",
            &["/w/shop"],
        );
    }
}
