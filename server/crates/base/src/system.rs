//! `System`: the one way to files, the environment and the clock.
//!
//! Everything below the binary asks a `System`, so that tests answer from memory and the language server can lay
//! unsaved text over the disk. Paths are absolute; `normalized` makes two spellings of a path equal without asking
//! the disk (links are the caller's business).

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// An access that failed, with the path.
#[derive(Debug)]
pub struct SystemError {
    /// What was accessed.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

/// All there is to say: who prints a chain of causes would say the cause twice otherwise.
impl std::error::Error for SystemError {}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)?;
        match self.source.kind() {
            io::ErrorKind::StorageFull => {
                f.write_str("; the disk is full: make room and try again")
            }
            io::ErrorKind::QuotaExceeded => {
                f.write_str("; your share of the disk is used up: make room and try again")
            }
            io::ErrorKind::FileTooLarge => {
                f.write_str("; no file may be so large here: see `ulimit -f`, then try again")
            }
            _ => Ok(()),
        }
    }
}

/// What tells a changed file from an unchanged one without reading it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct FileStamp {
    /// Size in bytes.
    pub len: u64,
    /// Modification time in nanoseconds since 1970.
    pub modified_ns: u64,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    /// Absolute path.
    pub path: PathBuf,
    /// A directory, after following links.
    pub is_dir: bool,
    /// Of the file; zero for directories.
    pub stamp: FileStamp,
}

/// Writes the content of a file.
pub type Produce<'a> = &'a mut dyn FnMut(&mut (dyn io::Write + Send)) -> io::Result<()>;

/// Files, environment and clock.
pub trait System: Send + Sync {
    /// The whole content.
    fn read(&self, path: &Path) -> Result<Vec<u8>, SystemError>;
    /// The entries of a directory, sorted by path. Links are followed.
    fn read_dir(&self, path: &Path) -> Result<Vec<FileEntry>, SystemError>;
    /// `None` where there is nothing.
    fn entry(&self, path: &Path) -> Option<FileEntry>;
    /// Replaces the file in one step (written beside, then renamed), making its directories.
    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SystemError>;
    /// The same for what is written bit by bit: a large file need not be in memory first.
    fn write_with(&self, path: &Path, produce: Produce<'_>) -> Result<(), SystemError> {
        let mut content = Vec::new();
        produce(&mut content).map_err(|source| SystemError {
            path: path.to_owned(),
            source,
        })?;
        self.write(path, &content)
    }
    /// Adds to the end of a file, or begins one. What was there before stays whatever happens.
    fn append(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        // Of a file that is not there yet, nothing is kept.
        let mut whole = self.read(path).unwrap_or_default();
        whole.extend_from_slice(content);
        self.write(path, &whole)
    }
    /// Removes a file, or a directory with all that is in it. A link is removed, never what it points at.
    fn remove(&self, path: &Path) -> Result<(), SystemError>;
    /// A variable of the environment.
    fn env_var(&self, name: &str) -> Option<String>;
    /// All variables, sorted by name.
    fn env_vars(&self) -> Vec<(String, String)>;
    /// Now.
    fn now(&self) -> SystemTime;

    /// Whether a file lies there.
    fn is_file(&self, path: &Path) -> bool {
        self.entry(path).is_some_and(|entry| !entry.is_dir)
    }
    /// Whether a directory lies there.
    fn is_dir(&self, path: &Path) -> bool {
        self.entry(path).is_some_and(|entry| entry.is_dir)
    }
}

/// `path` without `.` and with `..` resolved by name alone.
#[must_use]
pub fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => out.push(component),
        }
    }
    out
}

fn stamp(metadata: &std::fs::Metadata) -> FileStamp {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    FileStamp {
        len: metadata.len(),
        modified_ns: modified.map_or(0, |since| since.as_nanos() as u64),
    }
}

/// The real machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsSystem;

/// Numbers the writes: two threads may write the same file, each needs a name of its own, and the last one stays.
static WRITES: AtomicU64 = AtomicU64::new(0);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that the others are sent to"
)]
impl System for OsSystem {
    fn read(&self, path: &Path) -> Result<Vec<u8>, SystemError> {
        std::fs::read(path).map_err(|source| SystemError {
            path: path.to_owned(),
            source,
        })
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<FileEntry>, SystemError> {
        let at = |source| SystemError {
            path: path.to_owned(),
            source,
        };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path).map_err(at)? {
            // An entry that vanished, or a link that points nowhere, is as good as absent.
            entries.extend(entry.ok().and_then(|entry| self.entry(&entry.path())));
        }
        entries.sort();
        Ok(entries)
    }

    fn entry(&self, path: &Path) -> Option<FileEntry> {
        let metadata = std::fs::metadata(path).ok()?;
        let is_dir = metadata.is_dir();
        let stamp = if is_dir {
            FileStamp::default()
        } else {
            stamp(&metadata)
        };
        Some(FileEntry {
            path: path.to_owned(),
            is_dir,
            stamp,
        })
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        self.write_with(path, &mut |out| out.write_all(content))
    }

    fn append(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        let at = |source| SystemError {
            path: path.to_owned(),
            source,
        };
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).map_err(at)?;
        std::io::Write::write_all(&mut file, content).map_err(at)
    }

    fn write_with(&self, path: &Path, produce: Produce<'_>) -> Result<(), SystemError> {
        let at = |source| SystemError {
            path: path.to_owned(),
            source,
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(at)?;
        }
        let mut beside = path.as_os_str().to_owned();
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        beside.push(format!(".{}-{write}.tmp", std::process::id()));
        let beside = PathBuf::from(beside);
        let mut write = || {
            let mut out = io::BufWriter::new(std::fs::File::create(&beside)?);
            produce(&mut out)?;
            out.flush()?;
            std::fs::rename(&beside, path)
        };
        write().map_err(|source| {
            let _ = std::fs::remove_file(&beside);
            at(source)
        })
    }

    fn remove(&self, path: &Path) -> Result<(), SystemError> {
        let at = |source| SystemError {
            path: path.to_owned(),
            source,
        };
        let metadata = std::fs::symlink_metadata(path).map_err(at)?;
        if metadata.is_dir() {
            std::fs::remove_dir_all(path).map_err(at)
        } else {
            std::fs::remove_file(path).map_err(at)
        }
    }

    fn env_var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn env_vars(&self) -> Vec<(String, String)> {
        let mut vars: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        vars.sort();
        vars
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A machine in memory, for tests.
#[derive(Debug, Default)]
pub struct MemorySystem {
    files: Mutex<BTreeMap<PathBuf, (Vec<u8>, u64)>>,
    env: BTreeMap<String, String>,
}

impl MemorySystem {
    /// Files by absolute path.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| (normalized(&path), (text.into_bytes(), 0)))
            .collect();
        Self {
            files: Mutex::new(files),
            env: BTreeMap::new(),
        }
    }

    /// The same with a variable in its environment.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, (Vec<u8>, u64)>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_found(path: &Path) -> SystemError {
    SystemError {
        path: path.to_owned(),
        source: io::ErrorKind::NotFound.into(),
    }
}

impl System for MemorySystem {
    fn read(&self, path: &Path) -> Result<Vec<u8>, SystemError> {
        self.files()
            .get(&normalized(path))
            .map(|(content, _)| content.clone())
            .ok_or_else(|| not_found(path))
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<FileEntry>, SystemError> {
        let dir = normalized(path);
        let mut names: Vec<PathBuf> = self
            .files()
            .keys()
            .filter_map(|file| Some(dir.join(file.strip_prefix(&dir).ok()?.components().next()?)))
            .collect();
        names.dedup();
        if names.is_empty() {
            return Err(not_found(path));
        }
        Ok(names.iter().filter_map(|name| self.entry(name)).collect())
    }

    fn entry(&self, path: &Path) -> Option<FileEntry> {
        let path = normalized(path);
        let files = self.files();
        if let Some((content, version)) = files.get(&path) {
            let stamp = FileStamp {
                len: content.len() as u64,
                modified_ns: *version,
            };
            return Some(FileEntry {
                path,
                is_dir: false,
                stamp,
            });
        }
        let is_dir = files.keys().any(|file| file.starts_with(&path));
        is_dir.then(|| FileEntry {
            path,
            is_dir,
            stamp: FileStamp::default(),
        })
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        let mut files = self.files();
        let version = files
            .get(&normalized(path))
            .map_or(0, |(_, version)| version + 1);
        files.insert(normalized(path), (content.to_vec(), version));
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), SystemError> {
        let path = normalized(path);
        let mut files = self.files();
        let before = files.len();
        files.retain(|file, _| !file.starts_with(&path));
        if files.len() == before {
            Err(not_found(&path))
        } else {
            Ok(())
        }
    }

    fn env_var(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn env_vars(&self) -> Vec<(String, String)> {
        self.env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_dots_without_the_disk() {
        assert_eq!(normalized(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn a_file_that_could_not_be_written_whole_is_not_replaced() {
        let dir = std::env::temp_dir().join(format!("dagsmith-system-{}", std::process::id()));
        let path = dir.join("a/b.json");
        OsSystem.write(&path, b"old").unwrap();
        let broken = OsSystem.write_with(&path, &mut |out| {
            out.write_all(b"new")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(broken.is_err());
        assert_eq!(OsSystem.read(&path).unwrap(), b"old");
        assert_eq!(OsSystem.read_dir(&dir.join("a")).unwrap().len(), 1);
        OsSystem.remove(&dir).unwrap();
    }

    #[test]
    fn two_threads_that_write_a_file_leave_one_of_both_whole() {
        let dir = std::env::temp_dir().join(format!("dagsmith-writers-{}", std::process::id()));
        let path = dir.join("a.json");
        let contents = [vec![b'a'; 100_000], vec![b'b'; 100_000]];
        std::thread::scope(|scope| {
            for content in &contents {
                scope.spawn(|| (0..20).for_each(|_| OsSystem.write(&path, content).unwrap()));
            }
        });
        assert!(contents.contains(&OsSystem.read(&path).unwrap()));
        assert_eq!(OsSystem.read_dir(&dir).unwrap().len(), 1);
        OsSystem.remove(&dir).unwrap();
    }

    #[test]
    fn memory_lists_directories_like_a_disk() {
        let system = MemorySystem::new([
            ("/p/models/a.sql".into(), String::new()),
            ("/p/models/x/b.sql".into(), String::new()),
        ]);
        let names: Vec<_> = system
            .read_dir(Path::new("/p/models"))
            .unwrap()
            .into_iter()
            .map(|e| (e.path, e.is_dir))
            .collect();
        assert_eq!(
            names,
            [
                ("/p/models/a.sql".into(), false),
                ("/p/models/x".into(), true)
            ]
        );
    }
}
