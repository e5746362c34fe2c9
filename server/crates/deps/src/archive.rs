//! Unpacks the archive of a package, trusting nothing in it.
//!
//! Every path must stay inside; files are written before any link is made, so that nothing is written through one; a
//! link that leads outside is refused, as is everything that is neither file, directory nor link. Sizes are counted as
//! they are unpacked, because an archive of a few bytes may unpack to any number of them.

#![expect(
    clippy::disallowed_methods,
    reason = "`System` neither makes directories nor tells links from what they point at"
)]

use std::{
    cell::Cell,
    fs, io,
    io::{Read, Write as _},
    path::{Component, Path, PathBuf},
    rc::Rc,
};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// All files together.
    pub(crate) bytes: u64,
    /// Files, directories and links.
    pub(crate) entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1024 * 1024 * 1024,
            entries: 100_000,
        }
    }
}

/// Why an archive was not unpacked.
#[derive(Debug)]
pub(crate) enum ArchiveError {
    /// It is cut short or no archive: another download may do better.
    Broken(String),
    /// What it holds is not to be unpacked.
    Refused(String),
    /// The disk.
    Io(io::Error),
}

/// Unpacks a tar.gz into an empty directory; the answer is the one directory at its top.
pub(crate) fn unpack(bytes: &[u8], into: &Path, limits: Limits) -> Result<PathBuf, ArchiveError> {
    fs::create_dir_all(into).map_err(ArchiveError::Io)?;
    // Headers and padding are no more than the files are, or than what the number of entries allows.
    let max_stream = limits.bytes.saturating_add(limits.entries as u64 * 1536);
    let stream = GzDecoder::new(bytes).take(max_stream.saturating_add(1));
    let between_files = Rc::new(Cell::new(u64::MAX));
    let mut archive = Archive::new(Watched {
        stream,
        left: Rc::clone(&between_files),
    });
    let mut unpacker = Unpacker {
        into,
        left: limits,
        links: Vec::new(),
    };
    let mut entries = archive.entries().map_err(|error| broken(&error))?;
    loop {
        between_files.set(MAX_BETWEEN_FILES);
        let entry = entries.next();
        let left = between_files.replace(u64::MAX);
        let Some(entry) = entry else { break };
        if left == 0 {
            return Err(refused("the names in it are too long"));
        }
        unpacker.entry(entry.map_err(|error| broken(&error))?)?;
    }
    // What follows the end mark is read as well: a broken check sum is found there.
    let mut stream = archive.into_inner().stream;
    io::copy(&mut stream, &mut io::sink()).map_err(|error| broken(&error))?;
    if stream.limit() == 0 {
        return Err(refused("it unpacks to too many bytes"));
    }
    unpacker.make_links()?;
    let mut tops = fs::read_dir(into)
        .map_err(ArchiveError::Io)?
        .filter_map(Result::ok);
    let (Some(top), None) = (tops.next(), tops.next()) else {
        return Err(refused(
            "it must hold one directory, with the package in it, and nothing beside",
        ));
    };
    let top = top.path();
    if !fs::symlink_metadata(&top).is_ok_and(|it| it.is_dir()) {
        return Err(refused("what it holds is no directory"));
    }
    check_links(&top).map_err(ArchiveError::Refused)?;
    Ok(top)
}

/// The library keeps all that stands between two files in memory, and has no limit of its own.
const MAX_BETWEEN_FILES: u64 = 1024 * 1024;

/// A stream of which only so much may be read for now.
struct Watched<R> {
    stream: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("too much between two files"));
        }
        let len = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self
            .stream
            .read(buffer.get_mut(..len).unwrap_or_default())?;
        self.left.set(left.saturating_sub(read as u64));
        Ok(read)
    }
}

fn broken(error: &io::Error) -> ArchiveError {
    ArchiveError::Broken(format!("it is broken: {error}"))
}

fn refused(reason: impl Into<String>) -> ArchiveError {
    ArchiveError::Refused(reason.into())
}

struct Unpacker<'a> {
    into: &'a Path,
    /// What may still come.
    left: Limits,
    /// Made when all files are there: where, and to what.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Unpacker<'_> {
    fn entry<R: Read>(&mut self, mut entry: Entry<'_, R>) -> Result<(), ArchiveError> {
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            return Ok(());
        }
        let Some(left) = self.left.entries.checked_sub(1) else {
            return Err(refused("it holds too many files"));
        };
        self.left.entries = left;
        let name = entry.path().map_err(|error| broken(&error))?.into_owned();
        let Some(path) = inside(&name) else {
            return Err(refused(format!(
                "`{}` would lie outside of it",
                name.display()
            )));
        };
        let path = self.into.join(path);
        match kind {
            EntryType::Directory => fs::create_dir_all(&path).map_err(ArchiveError::Io),
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.file(&mut entry, &path)
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(|error| broken(&error))?;
                let target = target.ok_or_else(|| refused("a link leads nowhere"))?;
                self.links.push((path, target.into_owned()));
                Ok(())
            }
            EntryType::Link => self.copy(&entry, &path),
            _ => Err(refused(format!(
                "`{}` is neither a file nor a directory",
                name.display()
            ))),
        }
    }

    fn file(&mut self, entry: &mut impl Read, path: &Path) -> Result<(), ArchiveError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(ArchiveError::Io)?;
        }
        let mut file = fs::File::create(path).map_err(ArchiveError::Io)?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            let len = entry.read(&mut piece).map_err(|error| broken(&error))?;
            if len == 0 {
                return Ok(());
            }
            let Some(left) = self.left.bytes.checked_sub(len as u64) else {
                return Err(refused("it unpacks to too many bytes"));
            };
            self.left.bytes = left;
            file.write_all(piece.get(..len).unwrap_or_default())
                .map_err(ArchiveError::Io)?;
        }
    }

    /// A hard link is a second name of a file before it: that file again.
    fn copy<R: Read>(&mut self, entry: &Entry<'_, R>, path: &Path) -> Result<(), ArchiveError> {
        let target = entry.link_name().map_err(|error| broken(&error))?;
        let from = target
            .as_deref()
            .and_then(inside)
            .map(|it| self.into.join(it));
        let from = from.filter(|from| fs::metadata(from).is_ok_and(|it| it.is_file()));
        let Some(from) = from else {
            return Err(refused("a hard link does not lead to a file in it"));
        };
        let mut file = fs::File::open(from).map_err(ArchiveError::Io)?;
        self.file(&mut file, path)
    }

    fn make_links(&self) -> Result<(), ArchiveError> {
        // All directories before any link: a link that another one is to lie in finds its name taken.
        for parent in self.links.iter().filter_map(|(path, _)| path.parent()) {
            fs::create_dir_all(parent).map_err(ArchiveError::Io)?;
        }
        for (path, target) in &self.links {
            // Where links are a privilege, a package has to do without.
            #[cfg(unix)]
            std::os::unix::fs::symlink(target, path).map_err(ArchiveError::Io)?;
            #[cfg(not(unix))]
            let _ = target;
        }
        Ok(())
    }
}

/// A relative path without steps upwards.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

/// Refuses links that lead out of the directory they are in, and removes those that lead nowhere: what is put there
/// later would be read through them.
pub(crate) fn check_links(root: &Path) -> Result<(), String> {
    links(root, |name| {
        Err(format!("the link `{}` leads out of it", name.display()))
    })
}

/// Removes the links that lead out of a directory, which is to lie elsewhere: there they would lead to something else.
pub(crate) fn remove_links_out(root: &Path) -> Result<(), String> {
    links(root, |name| {
        fs::remove_file(root.join(name)).map_err(|error| error.to_string())
    })
}

fn links(root: &Path, leads_out: impl Fn(&Path) -> Result<(), String>) -> Result<(), String> {
    let unreadable = |error: io::Error| error.to_string();
    let real_root = fs::canonicalize(root).map_err(unreadable)?;
    let mut pending = vec![root.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                pending.push(entry.path());
            } else if kind.is_symlink() {
                match fs::canonicalize(entry.path()) {
                    Ok(real) if real.starts_with(&real_root) => {}
                    Ok(_) => {
                        let name = entry.path();
                        leads_out(name.strip_prefix(root).unwrap_or(&name))?;
                    }
                    Err(_) => fs::remove_file(entry.path()).map_err(unreadable)?,
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "archive/tests.rs"]
mod tests;
