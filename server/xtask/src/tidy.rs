//! `cargo xtask tidy`: what the house asks of every file and a compiler does not see.
//!
//! The rules are in `layout` (which files there are), `source` (what a Rust file looks like), `wording` (what no text
//! says) and `dependencies` (who may use what). Only tracked and new files count, never what git ignores.

mod dependencies;
mod layout;
mod source;
mod wording;

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

/// A file of the repository; the path is relative to its root, with `/`.
struct RepoFile {
    path: String,
    /// `None` for what is not UTF-8.
    text: Option<String>,
}

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
    if found.is_empty() {
        return Ok(());
    }
    for breach in &found {
        eprintln!("{breach}");
    }
    bail!("tidy: {} to mend", found.len())
}

fn files(root: &Path) -> Result<Vec<RepoFile>> {
    let args = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ];
    let listed = output(Command::new("git").args(args).current_dir(root))?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A file that is deleted and not yet committed is listed, too.
        if let Ok(bytes) = fs::read(root.join(path)) {
            files.push(RepoFile {
                path: path.to_owned(),
                text: String::from_utf8(bytes).ok(),
            });
        }
    }
    Ok(files)
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

fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// `path:line: message`
fn at(path: &str, line_idx: usize, message: &str) -> String {
    format!("{path}:{}: {message}", line_idx + 1)
}
