//! `cargo xtask tidy`: what the house asks of every file and a compiler does not see.
//!
//! The rules are in `layout` (which files there are), `source` (what a Rust file looks like), `wording` (what no text
//! says) and `dependencies` (who may use what); pages that are generated must be up to date. Only tracked and new files count, never what git ignores.

mod dependencies;
mod layout;
mod source;
mod wording;

use std::{path::Path, process::Command};

pub(crate) use source::tests_start;

use anyhow::{Context, Result, bail};

use crate::{
    coverage, diagnostics,
    repository::{files, output},
};

/// Names every breach; an error when there is one.
pub(crate) fn run(root: &Path) -> Result<()> {
    let files = files(root)?;
    let mut found = layout::check(&files);
    for file in &files {
        if let Some(text) = &file.text {
            found.extend(source::check(&file.path, text));
            found.extend(wording::check(&file.path, text));
        }
    }
    found.extend(dependencies::check(&metadata(root)?, &files));
    found.extend(coverage::check(&files));
    found.extend(diagnostics::check(&files));
    if found.is_empty() {
        return Ok(());
    }
    for breach in &found {
        eprintln!("{breach}");
    }
    bail!("tidy: {} to mend", found.len())
}

fn metadata(root: &Path) -> Result<serde_json::Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let args = [
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ];
    let text = output(Command::new(cargo).args(args).current_dir(root))?;
    serde_json::from_str(&text).context("cargo metadata is no JSON")
}

/// `path:line: message`
pub(crate) fn at(path: &str, line_idx: usize, message: &str) -> String {
    format!("{path}:{}: {message}", line_idx + 1)
}
