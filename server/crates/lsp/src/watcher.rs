//! Our own file watcher: of everything for clients that do not watch files for their servers, for the others of what
//! lies outside of their folders, such as `~/.dbt/profiles.yml`.
//!
//! Says only that paths changed; what that means is found out by looking at the disk. A place that cannot be watched
//! is logged and left alone: the user still sees what is typed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::event::{Event, EventSender};

/// A generator or a switch of branches touches many files in a row: one event for all of them.
const QUIET: Duration = Duration::from_millis(50);

/// Watches folders until it is dropped.
pub(crate) struct Watcher {
    inner: RecommendedWatcher,
    watched: BTreeMap<PathBuf, Depth>,
}

/// How much of a folder is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All that is in it.
    Deep,
    /// What lies right in it.
    Flat,
}

impl Watcher {
    pub(crate) fn new(events: EventSender) -> notify::Result<Self> {
        let (tx, rx) = mpsc::channel();
        let inner = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            match event {
                Ok(event) if event.kind.is_access() => {}
                // The batching thread ends with the watcher; then nobody is interested any more.
                Ok(event) => drop(tx.send(event.paths)),
                Err(error) => tracing::warn!(%error, "file watcher"),
            }
        })?;
        thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || batch(&rx, &events))?;
        Ok(Self {
            inner,
            watched: BTreeMap::new(),
        })
    }

    /// Watch these folders and no others.
    pub(crate) fn watch(&mut self, folders: BTreeMap<PathBuf, Depth>) {
        for (gone, depth) in &self.watched {
            if folders.get(gone) != Some(depth) {
                // Fails if the folder itself is gone, which is fine.
                let _ = self.inner.unwatch(gone);
            }
        }
        for (new, depth) in &folders {
            if self.watched.get(new) == Some(depth) {
                continue;
            }
            let mode = match depth {
                Depth::Deep => RecursiveMode::Recursive,
                Depth::Flat => RecursiveMode::NonRecursive,
            };
            if let Err(error) = self.inner.watch(new, mode) {
                tracing::warn!(folder = %new.display(), %error, "cannot watch");
            }
        }
        self.watched = folders;
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("watched", &self.watched)
            .finish_non_exhaustive()
    }
}

/// Collects paths until nothing happens for a moment.
fn batch(rx: &Receiver<Vec<PathBuf>>, events: &EventSender) {
    while let Ok(first) = rx.recv() {
        let mut paths: BTreeSet<PathBuf> = first.into_iter().collect();
        loop {
            match rx.recv_timeout(QUIET) {
                Ok(more) => paths.extend(more),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        paths.retain(|path| is_interesting(path));
        if !paths.is_empty() {
            events.send(Event::FilesChanged(paths.into_iter().collect()));
        }
    }
}

/// What happens in `.git` is never of interest, and there is much of it.
fn is_interesting(path: &Path) -> bool {
    path.components().all(|part| part.as_os_str() != ".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_holds_each_path_once_and_nothing_of_git() {
        let (tx, rx) = mpsc::channel();
        let (events, said) = EventSender::new();
        for path in ["/p/b.sql", "/p/a.sql", "/p/b.sql", "/p/.git/index"] {
            tx.send(vec![PathBuf::from(path)]).unwrap();
        }
        let batching = thread::spawn(move || batch(&rx, &events));
        let Ok(Event::FilesChanged(paths)) = said.recv() else {
            panic!("no batch");
        };
        assert_eq!(paths, ["/p/a.sql", "/p/b.sql"].map(PathBuf::from));
        drop(tx);
        batching.join().unwrap();
    }
}
