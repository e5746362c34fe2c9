//! Which files there are: the top level of the repository, and names that say nothing.

use std::collections::BTreeSet;

use crate::repository::RepoFile;

/// Everything that may lie at the top besides files whose names begin with a dot.
const TOP_LEVEL: [&str; 14] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "docs",
    "editors",
    "grammars",
    "rustfmt.toml",
    "server",
    "testdata",
];

/// A file so called collects what has no better place; `mod.rs` is spelt `name.rs` here.
const VAGUE: [&str; 6] = [
    "common.rs",
    "helpers.rs",
    "manager.rs",
    "misc.rs",
    "mod.rs",
    "utils.rs",
];

pub(super) fn check(files: &[RepoFile]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for file in files {
        let mut parts = file.path.split('/');
        let (first, name) = (
            parts.next().unwrap_or_default(),
            file.path.rsplit('/').next().unwrap_or_default(),
        );
        if !first.starts_with('.') && !TOP_LEVEL.contains(&first) {
            found.insert(format!(
                "{first}: does not belong at the top of the repository"
            ));
        }
        if VAGUE.contains(&name) {
            found.insert(format!("{}: name the concept", file.path));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_path(path: &str, expected: &[&str]) {
        let file = RepoFile {
            path: path.to_owned(),
            text: None,
        };
        assert_eq!(check(&[file]), expected, "{path}");
    }

    #[test]
    fn the_top_level_is_closed() {
        check_path("server/src/main.rs", &[]);
        check_path(".ci/run", &[]);
        check_path(
            "notes/plan.md",
            &["notes: does not belong at the top of the repository"],
        );
    }

    #[test]
    fn a_bag_is_refused() {
        check_path(
            "server/src/utils.rs",
            &["server/src/utils.rs: name the concept"],
        );
    }
}
