//! The disk as the user sees it: unsaved text goes before what is on it.
//!
//! Loaders and runs read through this, so a project is listed, analysed and executed as it looks in the editor.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};

use base::{FileEntry, FileStamp, System, SystemError, normalized};

/// A disk with open documents laid over it.
pub(crate) struct Overlay {
    disk: Arc<dyn System>,
    texts: RwLock<BTreeMap<PathBuf, (Arc<str>, i32)>>,
}

impl Overlay {
    pub(crate) fn new(disk: Arc<dyn System>) -> Self {
        Self {
            disk,
            texts: RwLock::default(),
        }
    }

    pub(crate) fn set(&self, path: PathBuf, text: Arc<str>, version: i32) {
        self.texts_mut().insert(path, (text, version));
    }

    pub(crate) fn remove(&self, path: &Path) {
        self.texts_mut().remove(path);
    }

    /// What is saved, whatever is open.
    pub(crate) fn entry_on_disk(&self, path: &Path) -> Option<FileEntry> {
        self.disk.entry(path)
    }

    fn texts(&self) -> RwLockReadGuard<'_, BTreeMap<PathBuf, (Arc<str>, i32)>> {
        self.texts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn texts_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<PathBuf, (Arc<str>, i32)>> {
        self.texts.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_entry(&self, path: &Path) -> Option<FileEntry> {
        let texts = self.texts();
        let (text, version) = texts.get(path)?;
        // No file was written in 1970: a stamp like this is never taken for one of the disk.
        let stamp = FileStamp {
            len: text.len() as u64,
            modified_ns: u64::from(version.unsigned_abs()),
        };
        Some(FileEntry {
            path: path.to_owned(),
            is_dir: false,
            stamp,
        })
    }
}

impl System for Overlay {
    fn read(&self, path: &Path) -> Result<Vec<u8>, SystemError> {
        let open = self
            .texts()
            .get(&normalized(path))
            .map(|(text, _)| Arc::clone(text));
        match open {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.disk.read(path),
        }
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<FileEntry>, SystemError> {
        let dir = normalized(path);
        let open: Vec<PathBuf> = self
            .texts()
            .range::<Path, _>((std::ops::Bound::Excluded(&*dir), std::ops::Bound::Unbounded))
            .take_while(|(file, _)| file.starts_with(&dir))
            .filter(|(file, _)| file.parent() == Some(&dir))
            .map(|(file, _)| file.clone())
            .collect();
        let mut entries = match self.disk.read_dir(path) {
            Ok(entries) => entries,
            Err(_) if !open.is_empty() => Vec::new(),
            Err(error) => return Err(error),
        };
        if !open.is_empty() {
            entries.retain(|entry| !open.contains(&entry.path));
            entries.extend(open.iter().filter_map(|file| self.open_entry(file)));
            entries.sort();
        }
        Ok(entries)
    }

    fn entry(&self, path: &Path) -> Option<FileEntry> {
        self.open_entry(&normalized(path))
            .or_else(|| self.disk.entry(path))
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        self.disk.write(path, content)
    }

    fn remove(&self, path: &Path) -> Result<(), SystemError> {
        self.disk.remove(path)
    }

    fn env_var(&self, name: &str) -> Option<String> {
        self.disk.env_var(name)
    }

    fn env_vars(&self) -> Vec<(String, String)> {
        self.disk.env_vars()
    }

    fn now(&self) -> SystemTime {
        self.disk.now()
    }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    fn overlay() -> Overlay {
        let disk = MemorySystem::new([("/p/models/a.sql".into(), "old".to_owned())]);
        Overlay::new(Arc::new(disk))
    }

    fn names(overlay: &Overlay) -> Vec<PathBuf> {
        let entries = overlay.read_dir(Path::new("/p/models")).unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn unsaved_text_goes_before_the_disk() {
        let overlay = overlay();
        let path = PathBuf::from("/p/models/a.sql");
        overlay.set(path.clone(), "new".into(), 1);
        assert_eq!(overlay.read(&path).unwrap(), b"new");
        overlay.remove(&path);
        assert_eq!(overlay.read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_document_that_was_never_saved_is_listed() {
        let overlay = overlay();
        overlay.set("/p/models/b.sql".into(), "new".into(), 1);
        overlay.set("/p/models/x/c.sql".into(), "deeper".into(), 1);
        assert_eq!(
            names(&overlay),
            ["/p/models/a.sql", "/p/models/b.sql"].map(PathBuf::from)
        );
        assert!(overlay.is_file(Path::new("/p/models/b.sql")));
    }
}
