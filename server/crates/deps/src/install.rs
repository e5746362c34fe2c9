//! Puts packages where the project looks for them: all of them beside it first, then in one step in place of what was
//! there. A failure leaves the packages of before. Whether something may be replaced at all is decided in `occupants`.

#![expect(
    clippy::disallowed_methods,
    reason = "`System` neither makes links nor moves directories"
)]

mod occupants;
mod work_dir;

use std::{fs, io, path::Path};

pub use work_dir::WorkDir;

use crate::{error::DepsError, fetch::Fetcher, resolve::Resolved, wanted::Pinned};

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
        gather(package, fetcher, work_dir)?;
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
    work_dir.remove_abandoned();
    if !newer.is_empty() {
        let names = project::python_text::python_repr(&newer.into());
        listener.info("");
        listener.info(&format!(
            "Updates available for packages: {names} \nUpdate your versions in packages.yml, then run dagsmith deps"
        ));
    }
    Ok(())
}

fn gather(package: &Resolved, fetcher: &Fetcher<'_>, work_dir: &WorkDir) -> Result<(), DepsError> {
    crate::resolve::check_name(&package.name)?;
    let from = fetcher.directory(&package.pinned)?;
    let to = work_dir.packages().join(&package.name);
    if let Pinned::Local { path } = &package.pinned {
        occupants::check_local(path, &from, work_dir.install_path())?;
        return link(&from, &to).map_err(DepsError::io(&from));
    }
    moved(&from, &to).map_err(DepsError::io(&to))
}

/// Between the two steps there are no packages, for a moment; the next command puts back what a process that dies
/// there has left.
fn swap(work_dir: &WorkDir) -> Result<(), DepsError> {
    let (path, old) = (work_dir.install_path(), work_dir.old());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(DepsError::io(parent))?;
    }
    if fs::symlink_metadata(path).is_err() {
        return moved(&work_dir.packages(), path).map_err(DepsError::io(path));
    }
    occupants::keep_hidden_files(path, &work_dir.packages()).map_err(DepsError::io(path))?;
    work_dir.keep_old();
    let swapped = moved(path, &old).and_then(|()| moved(&work_dir.packages(), path));
    swapped.or_else(|source| put_back(work_dir, source))?;
    work_dir.discard_old();
    Ok(())
}

/// The packages of before, to where they were; the error is the one that kept the new ones from it.
fn put_back(work_dir: &WorkDir, source: io::Error) -> Result<(), DepsError> {
    let (path, old) = (work_dir.install_path().to_owned(), work_dir.old());
    if fs::symlink_metadata(&old).is_err() {
        // They have not left.
        work_dir.discard_old();
        return Err(DepsError::Io { path, source });
    }
    // What is there by now are pieces: of the new packages, or of the old ones, which are all in `old`.
    let _ = fs::remove_dir_all(&path);
    if moved(&old, &path).is_err() {
        return Err(DepsError::OldPackages { path, old, source });
    }
    work_dir.discard_old();
    Err(DepsError::Io { path, source })
}

/// A link, so that the files one edits are those that are used; a copy where there are no links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(from, to);
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(from, to);
    linked.or_else(|_| copied(from, to))
}

/// Renamed, or copied to where another disk is. What is at `to` afterwards is whole, or it is not there.
fn moved(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut piece = to.as_os_str().to_owned();
            piece.push(".part");
            let piece = Path::new(&piece);
            if let Err(error) = copied(from, piece).and_then(|()| fs::rename(piece, to)) {
                // The first error is the one to tell.
                let _ = fs::remove_dir_all(piece);
                return Err(error);
            }
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

#[cfg(test)]
mod tests;
