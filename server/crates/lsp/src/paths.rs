//! Paths and their numbers, URIs and their paths.
//!
//! The only place where a `FileId` is made. Ids are never reused: a file that goes and comes back is the same file.
//! Paths are compared by spelling after `.` and `..` are gone; links are not followed, so that what the client opened
//! and what is reported to it are spelled the same.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use base::{FileId, normalized};
use dashmap::DashMap;
use tower_lsp::lsp_types::Url;

/// Paths, interned. Shared by the main loop, the loaders and every snapshot.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    ids: DashMap<Arc<Path>, FileId>,
    by_id: DashMap<FileId, Arc<Path>>,
    next: AtomicU32,
}

impl Paths {
    /// The number of a path; a new one for a new path.
    pub(crate) fn intern(&self, path: &Path) -> FileId {
        if let Some(id) = self.get(path) {
            return id;
        }
        let path: Arc<Path> = path.into();
        // The entry's guard makes two threads agree; `paths` is filled under it, so a number that is known has a path.
        *self.ids.entry(Arc::clone(&path)).or_insert_with(|| {
            let id = FileId(self.next.fetch_add(1, Ordering::Relaxed));
            self.by_id.insert(id, path);
            id
        })
    }

    pub(crate) fn get(&self, path: &Path) -> Option<FileId> {
        self.ids.get(path).map(|entry| *entry.value())
    }

    pub(crate) fn path(&self, file: FileId) -> Option<Arc<Path>> {
        self.by_id.get(&file).map(|entry| Arc::clone(entry.value()))
    }

    pub(crate) fn uri(&self, file: FileId) -> Option<Url> {
        self.path(file).and_then(|path| uri_of(&path))
    }
}

/// The path of a `file:` URI; other schemes (`untitled:`, `git:`) have none.
pub(crate) fn path_of(uri: &Url) -> Option<PathBuf> {
    if uri.scheme() != "file" {
        return None;
    }
    uri.to_file_path().ok().map(|path| normalized(&path))
}

/// The URI of an absolute path.
pub(crate) fn uri_of(path: &Path) -> Option<Url> {
    Url::from_file_path(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_number() {
        let paths = Paths::default();
        let a = paths.intern(Path::new("/p/a.sql"));
        let b = paths.intern(Path::new("/p/b.sql"));
        assert_ne!(a, b);
        assert_eq!(paths.intern(Path::new("/p/a.sql")), a);
        assert_eq!(paths.path(b).as_deref(), Some(Path::new("/p/b.sql")));
    }

    #[test]
    fn uris_with_escapes_and_dots_are_paths() {
        let uri = Url::parse("file:///p/my%20models/../a.sql").unwrap();
        assert_eq!(path_of(&uri), Some(PathBuf::from("/p/a.sql")));
        assert_eq!(path_of(&Url::parse("untitled:Untitled-1").unwrap()), None);
    }
}
