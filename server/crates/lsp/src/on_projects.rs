//! Folders, projects and files that come, change and go.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use base::{FileId, System};
use ide::{Change, FileText, LoadConfig, LoadedProject, Settings};
use tower_lsp::lsp_types::{Url, WorkspaceFoldersChangeEvent};

use crate::{
    discovery,
    loader::{LoadOutcome, LoadRequest},
    paths::path_of,
    projects::Work,
    state::GlobalState,
};

impl GlobalState {
    pub(crate) fn add_folder(&mut self, uri: &Url) {
        let Some(folder) = path_of(uri) else {
            tracing::warn!(%uri, "this workspace folder is no folder on disk");
            return;
        };
        if self.projects.add_folder(folder.clone()) {
            self.loader.send(LoadRequest::Search(folder));
        }
    }

    pub(crate) fn on_folders_changed(&mut self, change: &WorkspaceFoldersChangeEvent) {
        for removed in &change.removed {
            if let Some(folder) = path_of(&removed.uri) {
                let work = self.projects.remove_folder(&folder);
                self.start(work);
            }
        }
        for added in &change.added {
            self.add_folder(&added.uri);
        }
        self.watch();
    }

    /// Files came, changed or went; directories, too. Only looking at the disk tells which.
    pub(crate) fn on_files_changed(&mut self, paths: &[PathBuf]) {
        let mut roots = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for path in paths {
            self.look_if_catalog(path);
            if discovery::is_project_file(path) || self.may_bring_projects(path) {
                folders.extend(self.projects.folders_around(path));
            }
            let around = self.projects.roots_around(path).into_iter();
            roots.extend(around.filter(|root| self.loader.is_affected(root, path)));
            if self.loader.profiles_files().any(|it| it.starts_with(path)) {
                // The folder of profiles came: it can be watched from now on.
                self.watch();
                roots.extend(self.projects.roots().cloned());
            }
            // A folder that was moved away takes its projects with it.
            let below = self.projects.roots().filter(|root| root.starts_with(path));
            roots.extend(below.cloned());
            if discovery::shapes_project(path) {
                // profiles.yml may lie outside of every project.
                roots.extend(self.projects.roots().cloned());
            }
        }
        // Texts alone: no set of files can be another one.
        let are_known = folders.is_empty() && paths.iter().all(|path| self.is_known_text(path));
        if are_known {
            self.loader.send(LoadRequest::Read(paths.to_vec()));
            return;
        }
        for folder in folders {
            self.projects.search_again(&folder);
            self.loader.send(LoadRequest::Search(folder));
        }
        for root in roots {
            self.reload(&root);
        }
    }

    /// A folder that was moved here says nothing of the files in it.
    fn may_bring_projects(&self, path: &Path) -> bool {
        if self.is_known(path) || !self.overlay.is_dir(path) {
            return false;
        }
        self.projects.root_of(path).is_none()
            || self.overlay.is_file(&path.join(discovery::PROJECT_FILE))
    }

    fn is_known_text(&self, path: &Path) -> bool {
        self.is_known(path) && !discovery::shapes_project(path)
    }

    /// It is a file of a project.
    fn is_known(&self, path: &Path) -> bool {
        let file = self.paths.get(path);
        file.is_some_and(|file| self.loader.knows(file))
    }

    /// A document of a project that is not among its files: created and not saved, or the watcher has not told yet.
    pub(crate) fn look_again_if_unknown(&mut self, path: &Path) {
        let file = self.paths.intern(path);
        if !self.loader.knows(file) {
            self.reload_around(path);
        }
    }

    pub(crate) fn reload_around(&mut self, path: &Path) {
        for root in self.projects.roots_around(path) {
            self.reload(&root);
        }
    }

    pub(crate) fn reload(&mut self, root: &Path) {
        if self.projects.changed(root) {
            self.load(root.to_owned());
        }
    }

    /// Load what was found, forget what was lost.
    pub(crate) fn start(&mut self, work: Work) {
        let is_other = work != Work::default();
        for root in work.to_forget {
            self.forget(&root);
        }
        for root in work.to_load {
            self.load(root);
        }
        if is_other {
            self.watch();
            self.schedule.status_changed();
        }
    }

    fn load(&mut self, root: PathBuf) {
        let name = root.file_name().map(|name| name.to_string_lossy());
        let title = format!("Loading {}", name.unwrap_or_default());
        let progress = self.progresses.begin(&title, Instant::now());
        self.projects.set_progress(&root, progress);
        let config = LoadConfig {
            root,
            profiles_dir: self.settings.profiles_dir.clone(),
            settings: Settings {
                target: self.settings.target.clone(),
                vars: self.settings.vars.clone().into(),
                ..Settings::default()
            },
        };
        self.loader.send(LoadRequest::Load(Box::new(config)));
    }

    fn forget(&mut self, root: &Path) {
        let mut change = Change::default();
        change.projects.push((root.into(), None));
        let removed = self.loader.forget(root);
        self.apply(change);
        for file in removed {
            self.publisher.set_found(file, Vec::new());
            self.publisher.clear_failed(file);
            self.publish(file);
        }
        // Documents of a project that is gone are still open, and may be part of another one.
        let open: Vec<_> = self
            .documents
            .iter()
            .filter(|(path, _)| path.starts_with(root))
            .map(|(path, _)| self.paths.intern(path))
            .collect();
        self.edited.extend(open);
    }

    pub(crate) fn on_loaded(&mut self, outcome: LoadOutcome) {
        match outcome {
            LoadOutcome::Searched { folder, roots } => {
                let work = self.projects.searched(&folder, roots);
                self.start(work);
            }
            LoadOutcome::Gone { root } => {
                let work = self.projects.lost(&root);
                self.start(work);
            }
            LoadOutcome::Loaded { root, project } => self.on_project_loaded(root, *project),
            LoadOutcome::Read { texts, gone } => {
                for path in gone {
                    self.reload_around(&path);
                }
                self.apply_texts(Change::default(), texts);
            }
        }
        if !self.is_loading(None) {
            self.ask_deferred();
        }
    }

    /// Put what was read into the analysis.
    fn on_project_loaded(&mut self, root: PathBuf, mut project: LoadedProject) {
        if let Some(progress) = self.projects.take_progress(&root) {
            self.progresses.end(progress, None);
        }
        match self.projects.loaded(&root) {
            // The folder was removed while it was being read.
            None => return,
            Some(true) => self.load(root.clone()),
            Some(false) => {}
        }
        let packages = project
            .input
            .packages
            .iter()
            .map(|it| it.root.to_path_buf());
        let packages = packages.filter(|package| *package != root).collect();
        let found = self.projects.set_packages(&root, packages);
        let results = project.target_path.join("run_results.json");
        self.node_runs.set_place(&root, results.clone());
        if !self.loader.has_loaded(&root) {
            let request = LoadRequest::LastRun(root.clone(), results);
            self.loader.send(request);
            self.look_at_catalogs(&root);
        }
        let gone = self.loader.remember(root.clone(), &mut project);
        let mut change = Change::default();
        let project_root: Arc<Path> = root.into();
        let input = Some(project.input);
        change.projects.push((Arc::clone(&project_root), input));
        self.apply_texts(change, project.texts);
        self.schedule.prime(project_root);
        for file in gone {
            self.publisher.set_found(file, Vec::new());
            self.publisher.clear_failed(file);
            self.publish(file);
        }
        // Documents that were opened before their project was known.
        let open = self
            .documents
            .iter()
            .map(|(path, _)| self.paths.intern(path));
        let open: Vec<_> = open.filter(|file| self.loader.knows(*file)).collect();
        self.edited.extend(open);
        self.schedule.status_changed();
        self.start(found);
        self.watch();
    }

    /// Texts from disk; those of open documents are the client's business.
    fn apply_texts(&mut self, mut change: Change, texts: Vec<(FileId, FileText)>) {
        let from_disk = texts
            .into_iter()
            .filter(|(file, _)| self.document(*file).is_none());
        change.texts.extend(from_disk);
        self.apply(change);
    }

    fn ask_deferred(&mut self) {
        for request in self.take_deferred() {
            self.on_request(request);
        }
    }
}
