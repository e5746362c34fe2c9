//! The files of the repository: what is tracked, and what is new and not ignored by git.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

/// A file of the repository; the path is relative to its root, with `/`.
pub(crate) struct RepoFile {
    pub(crate) path: String,
    /// `None` for what is not UTF-8.
    pub(crate) text: Option<String>,
}

pub(crate) fn files(root: &Path) -> Result<Vec<RepoFile>> {
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

pub(crate) fn output(command: &mut Command) -> Result<String> {
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
