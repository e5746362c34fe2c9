//! `cargo xtask diagnostics`: docs/diagnostics_generated.md, which says of every code what it means and what to do.
//!
//! The table is `base::CODES`. `cargo xtask tidy` fails where the sources use a code that is not in it, where it has one
//! that nobody uses, and where the page is not what this makes of it.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Result;
use base::{CODES, CodeInfo, explained};

use crate::{
    repository::RepoFile,
    tidy::{at, tests_start},
};

const PAGE: &str = "docs/diagnostics_generated.md";
const TABLE: &str = "server/crates/base/src/diagnostic/codes.rs";

/// What a code is given to, as its first argument or by name.
const TAKERS: [&str; 6] = [
    "Diagnostic::error(",
    "Diagnostic::warning(",
    "HostError::compilation(",
    ".error(",
    ".warning(",
    "code: ",
];

/// Writes the page.
pub(crate) fn write(root: &Path) -> Result<()> {
    Ok(fs::write(root.join(PAGE), page(CODES))?)
}

/// What is wrong with the codes and the page.
pub(crate) fn check(files: &[RepoFile]) -> Vec<String> {
    let mut found = Vec::new();
    let mut quoted = BTreeSet::new();
    for file in files.iter().filter(|file| is_source(&file.path)) {
        let text = file.text.as_deref().unwrap_or_default();
        let text = text.get(..tests_start(text)).unwrap_or(text);
        for (idx, code) in given_codes(text) {
            if explained(code).is_none() {
                let message = format!("`{code}` is not in `base::CODES`");
                found.push(at(&file.path, idx, &message));
            }
        }
        quoted.extend(text.split('"').map(str::to_owned));
    }
    for it in CODES.iter().filter(|it| !quoted.contains(it.code)) {
        found.push(format!("{TABLE}: nobody uses `{}`", it.code));
    }
    let written = files.iter().find(|file| file.path == PAGE);
    if written.and_then(|file| file.text.as_deref()) != Some(page(CODES).as_str()) {
        found.push(format!(
            "{PAGE}: not up to date, run `cargo xtask diagnostics`"
        ));
    }
    found
}

fn is_source(path: &str) -> bool {
    let is_ours = path.starts_with("server/crates/") || path.starts_with("server/src/");
    let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let is_rust = Path::new(path).extension() == Some("rs".as_ref());
    is_ours && is_rust && !is_test && path != TABLE
}

/// Codes and their lines.
fn given_codes(text: &str) -> Vec<(usize, &str)> {
    let mut codes = Vec::new();
    for taker in TAKERS {
        for (start, _) in text.match_indices(taker) {
            let after = text.get(start + taker.len()..).unwrap_or_default();
            let Some(literal) = after.trim_start().strip_prefix('"') else {
                continue;
            };
            let code = literal.split('"').next().unwrap_or_default();
            // Messages have spaces.
            let is_code = code.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
            // What these take is a code also where it is one word.
            if is_code && (code.contains('-') || taker.contains("::")) {
                let before = text.get(..start).unwrap_or_default();
                codes.push((before.matches('\n').count(), code));
            }
        }
    }
    codes
}

fn page(codes: &[CodeInfo]) -> String {
    let mut lines = vec![
        "<!-- written by `cargo xtask diagnostics` from base::CODES -->".to_owned(),
        "# Diagnostics\n".to_owned(),
        "What the codes of problems mean, in editors, in `dagsmith check` and in the messages of runs.".to_owned(),
    ];
    for it in codes {
        lines.push(format!("\n## {}\n", it.code));
        lines.push(format!("{}\n", it.meaning));
        lines.push(format!("- Example: `{}`", it.example));
        lines.push(format!("- What to do: {}", it.remedy));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> RepoFile {
        RepoFile {
            path: "server/crates/a/src/b.rs".to_owned(),
            text: Some(text.to_owned()),
        }
    }

    #[test]
    fn a_code_that_is_not_explained_is_found() {
        let text = "a;\nDiagnostic::error(\n    \"no-such-code\", at, \"b\");\nx.error(\"unknown-ref\");\n#[cfg(test)]\nmod tests {\n.error(\"not-this\")";
        let found = check(&[source(text)]);
        assert_eq!(
            found.first().map(String::as_str),
            Some("server/crates/a/src/b.rs:2: `no-such-code` is not in `base::CODES`")
        );
        assert!(!found.iter().any(|it| it.contains("not-this")));
        assert!(
            !found
                .iter()
                .any(|it| it.contains("nobody uses `unknown-ref`"))
        );
    }

    #[test]
    fn an_old_page_is_found() {
        let found = check(&[]);
        let message =
            "docs/diagnostics_generated.md: not up to date, run `cargo xtask diagnostics`";
        assert_eq!(found.last().map(String::as_str), Some(message));
    }
}
