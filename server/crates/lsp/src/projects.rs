//! Which folders are open, which projects are in them, and how far each is loaded.
//!
//! Decides what has to be looked for, loaded or loaded again; the `loader` does it, the main loop applies it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{discovery, progress::ProgressId};

/// How far a project is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A loader works on it; something changed since it began, if `is_stale`.
    Loading { is_first: bool, is_stale: bool },
    /// What is known is what was there when we last looked.
    Loaded,
}

#[derive(Debug)]
struct Project {
    stage: Stage,
    progress: Option<ProgressId>,
}

impl Project {
    /// Nothing is known of it yet.
    fn is_young(&self) -> bool {
        matches!(self.stage, Stage::Loading { is_first: true, .. })
    }
}

/// Folders and projects.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    folders: BTreeSet<PathBuf>,
    /// Folders that are being searched.
    searched: BTreeSet<PathBuf>,
    /// What each search found.
    found: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Found by a document that lies in no folder.
    found_by_documents: BTreeSet<PathBuf>,
    by_root: BTreeMap<PathBuf, Project>,
    /// What each project that was loaded installs.
    packages: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

/// What to ask the loader for, and what is over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) to_load: Vec<PathBuf>,
    pub(crate) to_forget: Vec<PathBuf>,
}

impl Projects {
    /// True if the folder is new and has to be searched.
    pub(crate) fn add_folder(&mut self, folder: PathBuf) -> bool {
        let is_new = self.folders.insert(folder.clone());
        if is_new {
            self.searched.insert(folder);
        }
        is_new
    }

    pub(crate) fn remove_folder(&mut self, folder: &Path) -> Work {
        self.folders.remove(folder);
        self.searched.remove(folder);
        self.found.remove(folder);
        self.reconcile()
    }

    pub(crate) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.folders.iter()
    }

    /// The folder is searched again.
    pub(crate) fn search_again(&mut self, folder: &Path) {
        if self.folders.contains(folder) {
            self.searched.insert(folder.to_owned());
        }
    }

    /// A search has ended.
    pub(crate) fn searched(&mut self, folder: &Path, roots: Vec<PathBuf>) -> Work {
        // The folder may have been removed meanwhile.
        if self.searched.remove(folder) {
            self.found
                .insert(folder.to_owned(), roots.into_iter().collect());
        }
        self.reconcile()
    }

    /// A document showed the way to a project.
    pub(crate) fn found_by_document(&mut self, root: PathBuf) -> Work {
        self.found_by_documents.insert(root);
        self.reconcile()
    }

    /// The project's folder or project file is gone.
    pub(crate) fn lost(&mut self, root: &Path) -> Work {
        self.found_by_documents.remove(root);
        for roots in self.found.values_mut() {
            roots.remove(root);
        }
        self.reconcile()
    }

    /// What a project installs, its root not among it.
    pub(crate) fn set_packages(&mut self, root: &Path, packages: BTreeSet<PathBuf>) -> Work {
        self.packages.insert(root.to_owned(), packages);
        self.reconcile()
    }

    /// The projects to serve: those found, but for packages, which are parts of those who install them.
    fn wanted(&self) -> BTreeSet<&PathBuf> {
        let found = self.found.values().flatten();
        let found: BTreeSet<&PathBuf> = found.chain(&self.found_by_documents).collect();
        let is_part = |root: &PathBuf, others: &BTreeSet<&PathBuf>| {
            let mut packages = others.iter().filter_map(|by| self.packages.get(*by));
            packages.any(|packages| packages.contains(root))
        };
        let keep = |others: &BTreeSet<&PathBuf>| -> BTreeSet<&PathBuf> {
            let kept = found.iter().filter(|root| !is_part(root, others));
            kept.copied().collect()
        };
        // What only a package installs is part of nothing that is served.
        keep(&keep(&found))
    }

    /// Make `by_root` what was found.
    fn reconcile(&mut self) -> Work {
        let wanted: BTreeSet<PathBuf> = self.wanted().into_iter().cloned().collect();
        // The projects around it may turn out to install it.
        let is_unknown = |root: &Path| self.by_root.get(root).is_none_or(Project::is_young);
        let waits = |root: &Path| {
            let mut around = root.ancestors().skip(1);
            around.any(|dir| wanted.contains(dir) && is_unknown(dir))
        };
        let to_forget: Vec<PathBuf> = self
            .by_root
            .keys()
            .filter(|root| !wanted.contains(*root))
            .cloned()
            .collect();
        let to_load: Vec<PathBuf> = wanted
            .iter()
            .filter(|root| !self.by_root.contains_key(*root) && !waits(root))
            .cloned()
            .collect();
        for root in &to_forget {
            self.by_root.remove(root);
            self.packages.remove(root);
        }
        for root in &to_load {
            let stage = Stage::Loading {
                is_first: true,
                is_stale: false,
            };
            let project = Project {
                stage,
                progress: None,
            };
            self.by_root.insert(root.clone(), project);
        }
        Work { to_load, to_forget }
    }

    /// Something in the project changed. True if a loader has to be sent; if one is at work, it will go again.
    pub(crate) fn changed(&mut self, root: &Path) -> bool {
        let Some(project) = self.by_root.get_mut(root) else {
            return false;
        };
        match &mut project.stage {
            Stage::Loading { is_stale, .. } => {
                *is_stale = true;
                false
            }
            Stage::Loaded => {
                project.stage = Stage::Loading {
                    is_first: false,
                    is_stale: false,
                };
                true
            }
        }
    }

    /// A loader is done. `None` if the project is no longer wanted; true if it has to go again.
    pub(crate) fn loaded(&mut self, root: &Path) -> Option<bool> {
        let project = self.by_root.get_mut(root)?;
        let is_stale = matches!(project.stage, Stage::Loading { is_stale: true, .. });
        project.stage = if is_stale {
            Stage::Loading {
                is_first: false,
                is_stale: false,
            }
        } else {
            Stage::Loaded
        };
        Some(is_stale)
    }

    pub(crate) fn set_progress(&mut self, root: &Path, progress: ProgressId) {
        if let Some(project) = self.by_root.get_mut(root) {
            project.progress = Some(progress);
        }
    }

    pub(crate) fn take_progress(&mut self, root: &Path) -> Option<ProgressId> {
        self.by_root.get_mut(root)?.progress.take()
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        self.by_root.keys()
    }

    /// The project that the innermost project or package around the path is part of.
    pub(crate) fn root_of(&self, path: &Path) -> Option<&PathBuf> {
        path.ancestors().find_map(|dir| self.serving(dir).next())
    }

    /// All projects that the path is part of: by its place, or as part of a package.
    pub(crate) fn roots_around(&self, path: &Path) -> Vec<PathBuf> {
        let roots = path.ancestors().flat_map(|dir| self.serving(dir));
        let roots: BTreeSet<&PathBuf> = roots.collect();
        roots.into_iter().cloned().collect()
    }

    /// The project at this root, then those that install what is there.
    fn serving(&self, dir: &Path) -> impl Iterator<Item = &PathBuf> {
        let own = self.by_root.get_key_value(dir).map(|(root, _)| root);
        let installs = self.packages.iter().filter(move |(_, it)| it.contains(dir));
        own.into_iter().chain(installs.map(|(root, _)| root))
    }

    /// Whether an answer about this path, or about everything, would be given too early.
    pub(crate) fn is_loading(&self, path: Option<&Path>) -> bool {
        match path {
            Some(path) => {
                self.searched.iter().any(|folder| path.starts_with(folder))
                    || self
                        .by_root
                        .iter()
                        .any(|(root, project)| path.starts_with(root) && project.is_young())
            }
            None => !self.searched.is_empty() || self.by_root.values().any(Project::is_young),
        }
    }

    /// Whether any project is being read, for the first time or again.
    pub(crate) fn is_any_loading(&self) -> bool {
        let is_loading = |it: &Project| matches!(it.stage, Stage::Loading { .. });
        !self.searched.is_empty() || self.by_root.values().any(is_loading)
    }

    /// Folders whose search could find or lose a project when this path comes or goes.
    pub(crate) fn folders_around(&self, path: &Path) -> Vec<PathBuf> {
        let is_searched = |folder: &&PathBuf| {
            let inside = path.strip_prefix(folder);
            inside.is_ok_and(|inside| !discovery::is_skipped(inside))
        };
        self.folders.iter().filter(is_searched).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> PathBuf {
        PathBuf::from(path)
    }

    fn loaded_shop() -> Projects {
        let mut projects = Projects::default();
        assert!(projects.add_folder(path("/w")));
        let work = projects.searched(Path::new("/w"), vec![path("/w/shop")]);
        assert_eq!(work.to_load, [path("/w/shop")]);
        assert_eq!(projects.loaded(Path::new("/w/shop")), Some(false));
        projects
    }

    #[test]
    fn a_change_while_loading_loads_again() {
        let mut projects = loaded_shop();
        let root = Path::new("/w/shop");
        assert!(projects.changed(root));
        assert!(!projects.changed(root));
        assert_eq!(projects.loaded(root), Some(true));
        assert_eq!(projects.loaded(root), Some(false));
    }

    #[test]
    fn a_project_goes_with_the_last_folder_that_has_it() {
        let mut projects = loaded_shop();
        projects.add_folder(path("/w/shop"));
        projects.searched(Path::new("/w/shop"), vec![path("/w/shop")]);
        assert_eq!(projects.remove_folder(Path::new("/w")), Work::default());
        let work = projects.remove_folder(Path::new("/w/shop"));
        assert_eq!(work.to_forget, [path("/w/shop")]);
        assert_eq!(projects.loaded(Path::new("/w/shop")), None);
    }

    #[test]
    fn answers_wait_for_the_first_load_only() {
        let mut projects = Projects::default();
        let file = path("/w/shop/models/a.sql");
        assert!(!projects.is_loading(Some(&file)));
        projects.add_folder(path("/w"));
        assert!(projects.is_loading(Some(&file)));
        projects.searched(Path::new("/w"), vec![path("/w/shop")]);
        assert!(projects.is_loading(Some(&file)));
        projects.loaded(Path::new("/w/shop"));
        assert!(!projects.is_loading(Some(&file)));
        projects.changed(Path::new("/w/shop"));
        assert!(!projects.is_loading(Some(&file)));
    }

    #[test]
    fn a_document_belongs_to_the_innermost_project() {
        let mut projects = loaded_shop();
        projects.found_by_document(path("/w/shop/tests/inner"));
        let file = Path::new("/w/shop/tests/inner/models/a.sql");
        assert_eq!(projects.root_of(file), Some(&path("/w/shop/tests/inner")));
        assert_eq!(projects.roots_around(file).len(), 2);
    }

    #[test]
    fn a_package_is_part_of_the_project_that_installs_it() {
        let mut projects = Projects::default();
        let (shop, kit) = (path("/w/shop"), path("/w/shop/packages/kit"));
        let shared = path("/w/shared");
        projects.add_folder(path("/w"));
        let found = vec![shared.clone(), shop.clone(), kit.clone()];
        // Whether the inner one is a project is not known before the outer one is loaded.
        let work = projects.searched(Path::new("/w"), found);
        assert_eq!(work.to_load, [shared.clone(), shop.clone()]);
        projects.loaded(&shared);
        projects.set_packages(&shared, BTreeSet::new());
        projects.loaded(&shop);
        let packages = BTreeSet::from([shared.clone(), kit.clone()]);
        let work = projects.set_packages(&shop, packages);
        assert_eq!(
            (work.to_load, work.to_forget),
            (vec![], vec![shared.clone()])
        );
        assert_eq!(projects.root_of(&kit.join("models/a.sql")), Some(&shop));
        assert_eq!(projects.root_of(&shared.join("models/a.sql")), Some(&shop));
        let work = projects.set_packages(&shop, BTreeSet::new());
        assert_eq!(work.to_load, [shared, kit]);
    }
}
