//! `Change`: what is new since the last revision, and how it is written into the inputs.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use base::FileId;
use salsa::{Durability, Setter};

use crate::{
    RootDatabase,
    input::{FileProblem, FileRole, Package, PackageKind, Project, Settings, SourceFile},
    warehouse_catalog::WarehouseCatalog,
};

/// A file's content, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileText {
    /// Empty where there is a problem.
    pub text: Arc<str>,
    /// Why there is no text.
    pub problem: Option<FileProblem>,
}

impl FileText {
    /// No text, for a reason.
    #[must_use]
    pub fn problem(problem: FileProblem) -> Self {
        Self {
            text: Arc::default(),
            problem: Some(problem),
        }
    }
}

impl From<&str> for FileText {
    fn from(text: &str) -> Self {
        Self {
            text: text.into(),
            problem: None,
        }
    }
}

/// A file in a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceInput {
    /// Which.
    pub file: FileId,
    /// What it is.
    pub role: FileRole,
    /// Relative to the package.
    pub path: Arc<str>,
    /// Relative to the resource path.
    pub relative_path: Arc<str>,
}

/// A package in a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackageInput {
    /// `name:`
    pub name: Arc<str>,
    /// Its directory.
    pub root: Arc<Path>,
    /// Where it comes from.
    pub kind: PackageKind,
    /// Its `dbt_project.yml`.
    pub project_file: Option<ResourceInput>,
    /// All its files.
    pub files: Vec<ResourceInput>,
}

/// A project's structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectInput {
    /// The directory of `dbt_project.yml`.
    pub root: Arc<Path>,
    /// The root project first.
    pub packages: Vec<PackageInput>,
    /// `profiles.yml`
    pub profiles: Option<ResourceInput>,
    /// `packages.yml`, `selectors.yml`, ...
    pub others: Vec<ResourceInput>,
    /// Command line, editor and environment.
    pub settings: Settings,
}

impl Default for ProjectInput {
    fn default() -> Self {
        Self {
            root: Path::new("").into(),
            packages: Vec::new(),
            profiles: None,
            others: Vec::new(),
            settings: Settings::default(),
        }
    }
}

/// What is new. Structures are replaced whole, texts one by one.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New texts. A file that is gone has none and should be left out of the structures, too.
    pub texts: Vec<(FileId, FileText)>,
    /// Files that are open in an editor from now on, or no longer.
    pub opened: Vec<(FileId, bool)>,
    /// New structures, by root; `None` where the project is gone.
    pub projects: Vec<(Arc<Path>, Option<ProjectInput>)>,
    /// What the warehouses of projects have now, by root.
    pub catalogs: Vec<(Arc<Path>, Arc<WarehouseCatalog>)>,
}

/// The inputs of a database, by what the outside calls them.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    projects: BTreeMap<Arc<Path>, Project>,
    texts: HashMap<FileId, FileText>,
    opened: HashMap<FileId, bool>,
    /// By project, file and role: kept when a file goes away, since it may come back.
    files: HashMap<(Project, FileId, FileRole), SourceFile>,
    packages: HashMap<(Project, Arc<Path>), Package>,
    by_id: HashMap<FileId, Vec<SourceFile>>,
}

impl Inputs {
    /// The projects, sorted by root.
    pub fn projects(&self) -> impl Iterator<Item = (&Arc<Path>, Project)> {
        self.projects.iter().map(|(root, project)| (root, *project))
    }

    /// The project at `root`.
    pub fn project(&self, root: &Path) -> Option<Project> {
        self.projects.get(root).copied()
    }

    /// A file in every project that it is part of, the innermost root first.
    pub fn files(&self, db: &RootDatabase, id: FileId) -> Vec<SourceFile> {
        let mut files: Vec<SourceFile> = self
            .by_id
            .get(&id)
            .into_iter()
            .flatten()
            .copied()
            .filter(|file| self.is_listed(db, *file))
            .collect();
        let root_len = |file: &SourceFile| {
            file.project(db)
                .map_or(0, |project| project.root(db).as_os_str().len())
        };
        let is_foreign = |file: &SourceFile| {
            file.package(db)
                .is_none_or(|package| package.kind(db) != PackageKind::Root)
        };
        files.sort_by_key(|file| {
            (
                is_foreign(file),
                std::cmp::Reverse(root_len(file)),
                file.role(db),
            )
        });
        files
    }

    /// The text of a file, whether or not it is part of a project.
    pub fn text(&self, id: FileId) -> Option<&Arc<str>> {
        self.texts.get(&id).map(|text| &text.text)
    }

    fn is_listed(&self, db: &RootDatabase, file: SourceFile) -> bool {
        let is_live = |project: Project| self.projects.values().any(|known| *known == project);
        match file.package(db) {
            Some(package) => {
                let project = package.project(db);
                is_live(project)
                    && project.packages(db).contains(&package)
                    && (package.project_file(db) == Some(file)
                        || package.files(db).contains(&file)
                        || project.other_files(db).contains(&file))
            }
            None => self.projects.values().any(|project| {
                project.profiles(db) == Some(file) || project.other_files(db).contains(&file)
            }),
        }
    }

    /// Writes a change into the database.
    pub fn apply(&mut self, db: &mut RootDatabase, change: Change) {
        for (id, is_open) in change.opened {
            self.opened.insert(id, is_open);
        }
        for (id, text) in change.texts {
            for file in self.by_id.get(&id).into_iter().flatten() {
                let durability = self.durability(db, *file);
                if **file.text(db) != *text.text {
                    file.set_text(db)
                        .with_durability(durability)
                        .to(Arc::clone(&text.text));
                }
                if *file.problem(db) != text.problem {
                    file.set_problem(db)
                        .with_durability(durability)
                        .to(text.problem.clone());
                }
            }
            self.texts.insert(id, text);
        }
        for (root, project) in change.projects {
            match project {
                Some(input) => self.set_project(db, &root, input),
                None => {
                    self.projects.remove(&root);
                }
            }
        }
        for (root, catalog) in change.catalogs {
            let project = self.projects.get(&root).copied();
            if let Some(project) = project.filter(|it| *it.catalog(db) != catalog) {
                project
                    .set_catalog(db)
                    .with_durability(Durability::HIGH)
                    .to(catalog);
            }
        }
    }

    fn durability(&self, db: &RootDatabase, file: SourceFile) -> Durability {
        let is_ours = file
            .package(db)
            .is_none_or(|package| package.kind(db) == PackageKind::Root);
        match (
            self.opened.get(&file.id(db)).copied().unwrap_or(false),
            is_ours,
        ) {
            (true, _) => Durability::LOW,
            (false, true) => Durability::MEDIUM,
            (false, false) => Durability::HIGH,
        }
    }

    fn set_project(&mut self, db: &mut RootDatabase, root: &Arc<Path>, input: ProjectInput) {
        let project = if let Some(project) = self.projects.get(root) {
            *project
        } else {
            let project = Project::builder(
                Arc::clone(root),
                Arc::default(),
                None,
                Arc::default(),
                Arc::default(),
                Arc::default(),
            )
            .durability(Durability::HIGH)
            .new(db);
            self.projects.insert(Arc::clone(root), project);
            project
        };
        let packages: Arc<[Package]> = input
            .packages
            .into_iter()
            .map(|package| self.package(db, project, package))
            .collect();
        let root_package = packages.first().copied();
        let profiles = input
            .profiles
            .map(|file| self.file(db, project, None, file));
        let others: Arc<[SourceFile]> = input
            .others
            .into_iter()
            .map(|file| self.file(db, project, root_package, file))
            .collect();
        if *project.packages(db) != packages {
            project
                .set_packages(db)
                .with_durability(Durability::HIGH)
                .to(packages);
        }
        if project.profiles(db) != profiles {
            project
                .set_profiles(db)
                .with_durability(Durability::HIGH)
                .to(profiles);
        }
        if *project.other_files(db) != others {
            project
                .set_other_files(db)
                .with_durability(Durability::HIGH)
                .to(others);
        }
        if **project.settings(db) != input.settings {
            project
                .set_settings(db)
                .with_durability(Durability::HIGH)
                .to(Arc::new(input.settings));
        }
    }

    fn package(&mut self, db: &mut RootDatabase, project: Project, input: PackageInput) -> Package {
        let key = (project, Arc::clone(&input.root));
        let package = if let Some(package) = self.packages.get(&key) {
            *package
        } else {
            let package = Package::builder(
                project,
                Arc::clone(&input.name),
                Arc::clone(&input.root),
                input.kind,
                None,
                Arc::default(),
            )
            .durability(Durability::HIGH)
            .new(db);
            self.packages.insert(key, package);
            package
        };
        let project_file = input
            .project_file
            .map(|file| self.file(db, project, Some(package), file));
        let files: Arc<[SourceFile]> = input
            .files
            .into_iter()
            .map(|file| self.file(db, project, Some(package), file))
            .collect();
        if *package.name(db) != input.name {
            package
                .set_name(db)
                .with_durability(Durability::HIGH)
                .to(input.name);
        }
        if package.project_file(db) != project_file {
            package
                .set_project_file(db)
                .with_durability(Durability::HIGH)
                .to(project_file);
        }
        if *package.files(db) != files {
            package
                .set_files(db)
                .with_durability(Durability::HIGH)
                .to(files);
        }
        package
    }

    fn file(
        &mut self,
        db: &mut RootDatabase,
        project: Project,
        package: Option<Package>,
        input: ResourceInput,
    ) -> SourceFile {
        let key = (project, input.file, input.role);
        if let Some(file) = self.files.get(&key) {
            return *file;
        }
        let text = self.texts.get(&input.file).cloned().unwrap_or_default();
        let file = SourceFile::builder(
            input.file,
            package,
            input.role,
            input.path,
            input.relative_path,
            text.text,
            text.problem,
        )
        .durability(Durability::HIGH)
        .new(db);
        let durability = self.durability(db, file);
        if durability != Durability::HIGH {
            let text = Arc::clone(file.text(db));
            file.set_text(db).with_durability(durability).to(text);
        }
        self.files.insert(key, file);
        self.by_id.entry(input.file).or_default().push(file);
        file
    }
}
