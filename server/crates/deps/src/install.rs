//! Puts packages where the project looks for them: all of them beside it first, then in one step in place of what was
//! there. A failure leaves the packages of before.

#![expect(
    clippy::disallowed_methods,
    reason = "`System` neither makes links nor moves directories"
)]

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base::normalized;

use crate::{error::DepsError, fetch::Fetcher, resolve::Resolved, wanted::Pinned};

/// A directory beside the install path, where packages are gathered; it is gone when the command ends.
pub struct WorkDir {
    path: PathBuf,
    install_path: PathBuf,
}

impl WorkDir {
    /// For the install path of the project at `root`; nothing is made yet.
    pub fn new(root: &Path, install_path: &Path) -> Result<Self, DepsError> {
        let install_path = checked(root, install_path)?;
        let name = format!(".dagsmith-deps-{}", std::process::id());
        let path = install_path.parent().unwrap_or(root).join(name);
        Ok(Self { path, install_path })
    }

    /// For what is downloaded.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.path.join("downloads")
    }

    fn packages(&self) -> PathBuf {
        self.path.join("packages")
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        // It holds nothing that anybody needs.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Installs these packages, in place of all that is in the install path.
pub fn install(
    packages: &[Resolved],
    fetcher: &Fetcher<'_>,
    work_dir: &WorkDir,
) -> Result<(), DepsError> {
    let gathered = work_dir.packages();
    fs::create_dir_all(&gathered).map_err(DepsError::io(&gathered))?;
    let listener = fetcher.listener();
    let mut newer = Vec::new();
    for package in packages {
        listener.info(&format!("Installing {}", package.pinned.shown_name()));
        gather(package, fetcher, &gathered)?;
        listener.info(&format!(
            "Installed from {}",
            package.pinned.shown_version()
        ));
        match &package.pinned {
            Pinned::Hub {
                package,
                version,
                latest,
            } if version != latest => {
                newer.push(package.clone());
                listener.info(&format!("Updated version available: {latest}"));
            }
            Pinned::Hub { .. } => listener.info("Up to date!"),
            Pinned::Git { place, .. } => {
                if let Some(subdirectory) = &place.subdirectory {
                    listener.info(&format!("and subdirectory {subdirectory}"));
                }
            }
            Pinned::Local { .. } | Pinned::Tarball { .. } => {}
        }
    }
    swap(work_dir)?;
    if !newer.is_empty() {
        let names = project::python_text::python_repr(&newer.into());
        listener.info("");
        listener.info(&format!(
            "Updates available for packages: {names} \nUpdate your versions in packages.yml, then run dagsmith deps"
        ));
    }
    Ok(())
}

/// What is in the install path is removed, so nothing else may be in it.
fn checked(root: &Path, install_path: &Path) -> Result<PathBuf, DepsError> {
    let path = normalized(&root.join(install_path));
    // A link to it is kept, and what it points at changed.
    let path = fs::canonicalize(&path).unwrap_or(path);
    let real_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let reason = if real_root.starts_with(&path) || root.starts_with(&path) {
        Some("it holds the project itself")
    } else if fs::symlink_metadata(&path).is_ok_and(|it| !it.is_dir()) {
        Some("it is no directory")
    } else if holds_sources(&path) {
        Some("there are files in it that are no packages")
    } else {
        None
    };
    match reason {
        Some(reason) => Err(DepsError::InstallPath { path, reason }),
        None => Ok(path),
    }
}

/// Packages are directories and links; models, say, are files.
fn holds_sources(path: &Path) -> bool {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .any(|entry| {
            let name = entry.path();
            let extension = name.extension().and_then(|it| it.to_str());
            matches!(
                extension,
                Some("sql" | "yml" | "yaml" | "csv" | "py" | "md")
            )
        })
}

fn gather(package: &Resolved, fetcher: &Fetcher<'_>, into: &Path) -> Result<(), DepsError> {
    crate::resolve::check_name(&package.name)?;
    let from = fetcher.directory(&package.pinned)?;
    let to = into.join(&package.name);
    if let Pinned::Local { .. } = package.pinned {
        return link(&from, &to).map_err(DepsError::io(&from));
    }
    moved(&from, &to).map_err(DepsError::io(&to))
}

/// Between the two steps there are no packages, for a moment; a process that dies there leaves both.
fn swap(work_dir: &WorkDir) -> Result<(), DepsError> {
    let (path, old) = (&work_dir.install_path, work_dir.path.join("old"));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(DepsError::io(parent))?;
    }
    let is_there = fs::symlink_metadata(path).is_ok();
    if is_there {
        moved(path, &old).map_err(DepsError::io(path))?;
    }
    let swapped = moved(&work_dir.packages(), path);
    if swapped.is_err() && is_there {
        // The first error is the one to tell.
        let _ = moved(&old, path);
    }
    swapped.map_err(DepsError::io(path))
}

/// A link, so that the files one edits are those that are used; a copy where there are no links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(from, to);
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(from, to);
    linked.or_else(|_| copied(from, to))
}

/// Renamed, or copied to where another disk is.
fn moved(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copied(from, to)?;
            fs::remove_dir_all(from)
        }
        other => other,
    }
}

fn copied(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copied(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
            #[cfg(windows)]
            fs::copy(entry.path(), target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
