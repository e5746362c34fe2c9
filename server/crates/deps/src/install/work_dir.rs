//! A directory beside the install path, where packages are gathered. It is gone when the command ends, unless it holds
//! the only copy of the packages of before. What a killed command has left is put back, or removed, by a later one: a
//! lock on a file in the directory, which no process holds beyond its end, tells whether somebody still works there.

#![expect(
    clippy::disallowed_methods,
    reason = "`System` neither makes directories nor locks files"
)]

use std::{
    cell::Cell,
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use base::normalized;

use super::occupants;
use crate::error::DepsError;

const NAME: &str = ".dagsmith-deps-";
const LOCK: &str = "lock";
const OLD: &str = "old";

/// Where packages are gathered.
pub struct WorkDir {
    path: PathBuf,
    install_path: PathBuf,
    /// Held as long as the process works here.
    lock: Option<File>,
    /// Whether nobody else has the packages of before.
    holds_old: Cell<bool>,
}

impl WorkDir {
    /// For the install path of the project at `root`, which must be a place for packages.
    pub fn new(root: &Path, install_path: &Path) -> Result<Self, DepsError> {
        let path = normalized(&root.join(install_path));
        // A link to it is kept, and what it points at changed.
        let install_path = fs::canonicalize(&path).unwrap_or(path);
        let parent = install_path.parent().unwrap_or(root);
        put_back_abandoned(parent, &install_path);
        occupants::check(root, &install_path).map_err(|reason| DepsError::InstallPath {
            path: install_path.clone(),
            reason,
        })?;
        fs::create_dir_all(parent).map_err(DepsError::io(parent))?;
        let path = made(parent)?;
        // From here on whatever fails removes it again.
        let mut work_dir = Self {
            lock: None,
            holds_old: Cell::new(false),
            path,
            install_path,
        };
        let lock = work_dir.path.join(LOCK);
        let locked = File::create_new(&lock).and_then(|mut file| {
            file.lock()?;
            file.write_all(owner(&work_dir.install_path).as_bytes())?;
            Ok(file)
        });
        work_dir.lock = Some(locked.map_err(DepsError::io(&lock))?);
        Ok(work_dir)
    }

    /// For what is downloaded.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.path.join("downloads")
    }

    /// Where packages are put that will be installed.
    pub(super) fn packages(&self) -> PathBuf {
        self.path.join("packages")
    }

    /// Where the packages of before are put.
    pub(super) fn old(&self) -> PathBuf {
        self.path.join(OLD)
    }

    pub(super) fn install_path(&self) -> &Path {
        &self.install_path
    }

    /// From now on the packages of before may be here alone.
    pub(super) fn keep_old(&self) {
        self.holds_old.set(true);
    }

    /// The packages of before are where they were, or replaced.
    pub(super) fn discard_old(&self) {
        self.holds_old.set(false);
    }

    /// Removes what killed commands have left for this install path, which is whole now.
    pub(super) fn remove_abandoned(&self) {
        let Some(parent) = self.path.parent() else {
            return;
        };
        for (path, _lock) in abandoned(parent, &self.install_path) {
            // It disturbs nobody, and the next command tries again.
            let _ = fs::remove_dir_all(path);
        }
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        self.lock = None;
        if !self.holds_old.get() {
            // It holds nothing that anybody needs.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A new directory: in containers, say, processes of one number share a disk.
fn made(parent: &Path) -> Result<PathBuf, DepsError> {
    let process = std::process::id();
    let mut n = 0_u32;
    loop {
        let path = parent.join(format!("{NAME}{process}-{n}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && n < 1000 => n += 1,
            Err(source) => return Err(DepsError::Io { path, source }),
        }
    }
}

/// Projects side by side may have install paths in one directory.
fn owner(install_path: &Path) -> String {
    install_path.display().to_string()
}

/// The packages of a command that was killed when it had moved them away, and nothing in their place yet.
fn put_back_abandoned(parent: &Path, install_path: &Path) {
    for (path, _lock) in abandoned(parent, install_path) {
        if fs::symlink_metadata(install_path).is_err() {
            // Without them, all packages are installed anew.
            let _ = fs::rename(path.join(OLD), install_path);
        }
    }
}

/// The directories that nobody works in any more, with their locks.
fn abandoned(parent: &Path, install_path: &Path) -> Vec<(PathBuf, File)> {
    let mut found: Vec<(PathBuf, File)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(NAME))
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| Some((entry.path(), lock_of_gone(&entry.path(), install_path)?)))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// `None` when somebody works there, or nobody knows for which install path.
fn lock_of_gone(path: &Path, install_path: &Path) -> Option<File> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(path.join(LOCK))
        .ok()?;
    file.try_lock().ok()?;
    let mut said = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut said).ok()?;
    (said == owner(install_path)).then_some(file)
}
