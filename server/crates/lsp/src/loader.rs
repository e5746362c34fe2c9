//! The thread that looks at the disk: which projects there are, which files they have, and what is in them.
//!
//! The main loop asks, and gets what was found as an event; it never waits for a disk. Everything is read through the
//! overlay, so a project is listed as it looks in the editor. When only texts changed, only they are read.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use base::{FileId, System};
use ide::{FileText, LoadConfig, LoadedProject};

use crate::{
    catalog_files, discovery,
    event::{Event, EventSender},
    last_run,
    overlay::Overlay,
    paths::Paths,
};

/// What to look for.
#[derive(Debug)]
pub(crate) enum LoadRequest {
    /// Projects below and around a folder.
    Search(PathBuf),
    /// A project.
    Load(Box<LoadConfig>),
    /// What the last run of a project failed at: its root, and where the results are.
    LastRun(PathBuf, PathBuf),
    /// What the warehouse of a project has: its root, and where it keeps what it generates.
    Catalog(PathBuf, PathBuf),
    /// Files of projects that may have other texts, or be gone.
    Read(Vec<PathBuf>),
}

/// What was found.
#[derive(Debug)]
pub(crate) enum LoadOutcome {
    Searched {
        folder: PathBuf,
        roots: Vec<PathBuf>,
    },
    /// Where a project was, there is none.
    Gone { root: PathBuf },
    /// A project as it is on disk, with open documents laid over it.
    Loaded {
        root: PathBuf,
        project: Box<LoadedProject>,
    },
    Read {
        texts: Vec<(FileId, FileText)>,
        /// Paths where there is no file any more: their projects have to be loaded again.
        gone: Vec<PathBuf>,
    },
}

/// The way to the thread, and what it found so far.
pub(crate) struct Loader {
    requests: Sender<LoadRequest>,
    known: BTreeMap<PathBuf, Known>,
}

/// What a project was when it was last looked at.
#[derive(Debug, Default)]
struct Known {
    files: BTreeSet<FileId>,
    /// Directories that may hold files of it.
    directories: Vec<PathBuf>,
    /// Where its `profiles.yml` is, or could be.
    profiles_files: Vec<PathBuf>,
}

impl Loader {
    pub(crate) fn new(
        system: Arc<Overlay>,
        paths: Arc<Paths>,
        events: EventSender,
    ) -> std::io::Result<Self> {
        let (requests, queue) = mpsc::channel();
        thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || serve(&queue, &*system, &paths, &events))?;
        Ok(Self {
            requests,
            known: BTreeMap::new(),
        })
    }

    pub(crate) fn send(&self, request: LoadRequest) {
        if self.requests.send(request).is_err() {
            tracing::error!("the loader is gone: projects are no longer loaded");
        }
    }

    /// Whether it is a file of a loaded project.
    pub(crate) fn knows(&self, file: FileId) -> bool {
        self.known.values().any(|it| it.files.contains(&file))
    }

    /// Whether a change of this path can be one of the project: what runs generate is not.
    pub(crate) fn is_affected(&self, root: &Path, path: &Path) -> bool {
        let Some(known) = self.known.get(root) else {
            return true;
        };
        let is_part = |dir: &PathBuf| path.starts_with(dir) || dir.starts_with(path);
        let mut directories = known.directories.iter().filter(|dir| *dir != root);
        root.starts_with(path) || discovery::shapes_project(path) || directories.any(is_part)
    }

    /// Whether the project was loaded before.
    pub(crate) fn has_loaded(&self, root: &Path) -> bool {
        self.known.contains_key(root)
    }

    /// The directories of all projects.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &PathBuf> {
        self.known.values().flat_map(|it| &it.directories)
    }

    /// Where profiles are, or could be.
    pub(crate) fn profiles_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.known.values().flat_map(|it| &it.profiles_files)
    }

    /// Remember what a project consists of; the files that are now in no project, sorted.
    pub(crate) fn remember(&mut self, root: PathBuf, project: &mut LoadedProject) -> Vec<FileId> {
        let known = Known {
            files: project.texts.iter().map(|(file, _)| *file).collect(),
            directories: std::mem::take(&mut project.watched),
            profiles_files: std::mem::take(&mut project.profiles_files),
        };
        let before = self.known.insert(root, known).unwrap_or_default();
        self.orphans(before)
    }

    /// Forget a project; the files that are now in no project, sorted.
    pub(crate) fn forget(&mut self, root: &Path) -> Vec<FileId> {
        let before = self.known.remove(root).unwrap_or_default();
        self.orphans(before)
    }

    fn orphans(&self, before: Known) -> Vec<FileId> {
        let files = before.files.into_iter();
        files.filter(|file| !self.knows(*file)).collect()
    }
}

fn serve(queue: &Receiver<LoadRequest>, system: &dyn System, paths: &Paths, events: &EventSender) {
    while let Ok(request) = queue.recv() {
        let outcome = match request {
            LoadRequest::LastRun(root, results) => {
                if let Some(run) = last_run::read(system, root, &results) {
                    events.send(Event::LastRun(run));
                }
                continue;
            }
            LoadRequest::Catalog(root, target_path) => {
                let catalog = Arc::new(catalog_files::read(system, &target_path));
                events.send(Event::Catalog { root, catalog });
                continue;
            }
            LoadRequest::Search(folder) => {
                let roots = discovery::projects_under(system, &folder);
                LoadOutcome::Searched { folder, roots }
            }
            LoadRequest::Load(config) => load(system, paths, &config),
            LoadRequest::Read(files) => read(system, paths, files),
        };
        events.send(Event::Loaded(outcome));
    }
}

fn load(system: &dyn System, paths: &Paths, config: &LoadConfig) -> LoadOutcome {
    let root = config.root.clone();
    if !system.is_file(&root.join(discovery::PROJECT_FILE)) {
        return LoadOutcome::Gone { root };
    }
    let started = system.now();
    let project = Box::new(ide::load(system, config, &|path| paths.intern(path)));
    tracing::info!(
        root = %root.display(),
        files = project.texts.len(),
        elapsed = ?system.now().duration_since(started).unwrap_or_default(),
        "project read"
    );
    LoadOutcome::Loaded { root, project }
}

fn read(system: &dyn System, paths: &Paths, files: Vec<PathBuf>) -> LoadOutcome {
    let mut texts = Vec::new();
    let mut gone = Vec::new();
    for path in files {
        match system.entry(&path).filter(|entry| !entry.is_dir) {
            Some(entry) => {
                let text = ide::read_text(system, &path, entry.stamp);
                texts.push((paths.intern(&path), text));
            }
            None => gone.push(path),
        }
    }
    LoadOutcome::Read { texts, gone }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn what_runs_generate_does_not_affect_a_project() {
        let system = Arc::new(Overlay::new(Arc::new(MemorySystem::default())));
        let (events, _said) = EventSender::new();
        let mut loader = Loader::new(system, Arc::default(), events).unwrap();
        let mut project = LoadedProject {
            watched: vec!["/p".into(), "/p/models".into()],
            ..LoadedProject::default()
        };
        loader.remember("/p".into(), &mut project);
        let is_affected = |path: &str| loader.is_affected(Path::new("/p"), Path::new(path));
        assert!(
            ["/p/models/a.sql", "/p/models", "/p", "/p/packages.yml"]
                .iter()
                .all(|it| is_affected(it))
        );
        assert!(
            !["/p/target/run/a.sql", "/p/shop.duckdb", "/p/target"]
                .iter()
                .any(|it| is_affected(it))
        );
    }
}
