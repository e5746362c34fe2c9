//! From a directory to inputs: finds the files of a project and its packages, and reads them.
//!
//! The only place of this crate that touches a `System`. It decides nothing that a query could decide; what it must
//! know of project files (paths, packages) it reads with the same readers, without rendering.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use base::{FileId, FileStamp, System, normalized};
use project::{
    files::{FileKind, FileRules},
    packages::{PackagesFile, find_packages},
    profiles::{PROFILES_FILE_NAME, ProfileError, find_profiles_file},
    project_file::{PROJECT_FILE_NAME, ProjectFile},
    yaml::Yaml,
};
use rayon::prelude::*;

use crate::{
    builtin,
    change::{FileText, PackageInput, ProjectInput, ResourceInput},
    input::{FileProblem, FileRole, PackageKind, Settings, StartedAt},
};

/// Files larger than this are not read: they are exports, not models.
pub const MAX_FILE_LEN: u64 = 16 << 20;

/// Gives paths their numbers.
pub type Intern<'a> = &'a (dyn Fn(&Path) -> FileId + Sync);

/// A project found on disk, with the texts of all its files.
#[derive(Debug, Default)]
pub struct LoadedProject {
    /// Its structure.
    pub input: ProjectInput,
    /// Every file once.
    pub texts: Vec<(FileId, FileText)>,
    /// Where runs leave their results.
    pub target_path: PathBuf,
    /// The directories that may hold files of the project, for watching.
    pub watched: Vec<PathBuf>,
    /// The places where its `profiles.yml` was looked for, the one where it is last.
    pub profiles_files: Vec<PathBuf>,
}

/// Which project, and with what settings.
#[derive(Debug, Clone, Default)]
pub struct LoadConfig {
    /// The directory of `dbt_project.yml`.
    pub root: PathBuf,
    /// `--profiles-dir`
    pub profiles_dir: Option<PathBuf>,
    /// Target, vars and flags; the environment is filled in.
    pub settings: Settings,
}

/// Reads a project with its packages.
pub fn load(system: &dyn System, config: &LoadConfig, intern: Intern<'_>) -> LoadedProject {
    find(system, config, intern).read(system)
}

/// A project found on disk, most of its files not yet read.
#[derive(Debug)]
pub struct FoundProject {
    /// Its structure, and the texts that are not on the disk.
    pub loaded: LoadedProject,
    /// Its files, sorted by number, with what tells whether they have changed.
    pub files: Vec<(FileId, PathBuf, FileStamp)>,
    /// `target-path:` as it is written.
    pub target_path: Arc<str>,
    /// When looking for files began.
    pub found_at: SystemTime,
    /// How many packages are asked for and how many there are, where some still have to be installed.
    pub not_installed: Option<(usize, usize)>,
    /// What tells its structure from another: packages, files, what they are, and the numbers of all.
    pub structure: u64,
}

impl FoundProject {
    /// Reads all files, on all cores, and leaves nothing but their list.
    pub fn read(&mut self, system: &dyn System) -> LoadedProject {
        let mut loaded = std::mem::take(&mut self.loaded);
        let files = self.files.par_iter();
        let read = files.map(|(id, path, stamp)| (*id, read_text(system, path, *stamp)));
        loaded
            .texts
            .extend(read.collect::<Vec<(FileId, FileText)>>());
        loaded
    }
}

/// Finds a project with its packages.
pub fn find(system: &dyn System, config: &LoadConfig, intern: Intern<'_>) -> FoundProject {
    let found_at = system.now();
    let root = normalized(&config.root);
    let mut settings = config.settings.clone();
    settings.env = system.env_vars().into_iter().collect();
    settings.started_at = StartedAt(found_at);
    let mut loader = Loader {
        system,
        intern,
        pending: Vec::new(),
        loaded: LoadedProject::default(),
    };
    let project_file = loader.project_file(&root);
    loader.loaded.target_path = match system.env_var("DBT_TARGET_PATH") {
        Some(path) => root.join(path),
        None => root.join(&*project_file.target_path),
    };
    loader.loaded.watched.push(root.clone());
    let profiles = match find_profiles_file(system, config.profiles_dir.as_deref(), &root) {
        Ok(path) => {
            loader.loaded.profiles_files.push(path.clone());
            Some(loader.other(&root, &path, FileRole::Profiles))
        }
        Err(ProfileError::NoFile { searched }) => {
            let places = searched.iter().map(|dir| dir.join(PROFILES_FILE_NAME));
            loader.loaded.profiles_files.extend(places);
            settings.profiles_searched = searched
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            None
        }
        Err(_) => None,
    };
    let mut others = Vec::new();
    let mut specs = Vec::new();
    for (name, role) in [
        ("packages.yml", FileRole::Packages),
        ("dependencies.yml", FileRole::Packages),
        ("selectors.yml", FileRole::Selectors),
    ] {
        let path = root.join(name);
        if system.is_file(&path) {
            others.push(loader.other(&root, &path, role));
            if role == FileRole::Packages {
                let (tree, _) = Yaml::parse(&loader.peek(&path));
                specs.extend(
                    PackagesFile::read(FileId(0), &tree, &|_| Err(String::new()))
                        .0
                        .packages,
                );
            }
        }
    }
    let mut packages = vec![loader.package(&root, &project_file, PackageKind::Root)];
    let found = find_packages(system, &root, &project_file, &specs);
    let n_installed = found.roots.iter().filter(|it| it.is_installed).count();
    let not_installed = (found.n_wanted > n_installed).then_some((found.n_wanted, n_installed));
    for package in found.roots {
        let path = normalized(&package.path);
        if path != root && !packages.iter().any(|known| *known.root == *path) {
            let file = loader.project_file(&path);
            packages.push(loader.package(&path, &file, PackageKind::Installed));
        }
    }
    packages.extend(builtin_packages(&mut loader));
    loader.loaded.input = ProjectInput {
        root: root.into(),
        packages,
        profiles,
        others,
        settings,
    };
    loader.pending.sort();
    loader.pending.dedup_by_key(|(id, ..)| *id);
    FoundProject {
        structure: structure_hash(&loader.loaded.input),
        loaded: loader.loaded,
        files: loader.pending,
        target_path: project_file.target_path,
        found_at,
        not_installed,
    }
}

fn structure_hash(input: &ProjectInput) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&input.root, &input.packages, &input.profiles, &input.others).hash(&mut hasher);
    hasher.finish()
}

struct Loader<'a> {
    system: &'a dyn System,
    intern: Intern<'a>,
    /// Files found and not yet read.
    pending: Vec<(FileId, PathBuf, FileStamp)>,
    loaded: LoadedProject,
}

impl Loader<'_> {
    /// The text of a small file that decides where others are.
    fn peek(&self, path: &Path) -> String {
        // A file that cannot be read is a problem of the input that is made of it.
        String::from_utf8_lossy(&self.system.read(path).unwrap_or_default()).into_owned()
    }

    fn project_file(&self, root: &Path) -> ProjectFile {
        let (tree, _) = Yaml::parse(&self.peek(&root.join(PROJECT_FILE_NAME)));
        // Only paths and names are used here; they are hardly ever templates.
        ProjectFile::read(FileId(0), &tree, &|text| Ok(text.into())).0
    }

    fn add(&mut self, path: &Path, stamp: FileStamp) -> FileId {
        let id = (self.intern)(path);
        self.pending.push((id, path.to_owned(), stamp));
        id
    }

    fn other(&mut self, root: &Path, path: &Path, role: FileRole) -> ResourceInput {
        let stamp = self
            .system
            .entry(path)
            .map(|entry| entry.stamp)
            .unwrap_or_default();
        let relative = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/");
        ResourceInput {
            file: self.add(path, stamp),
            role,
            path: relative.as_str().into(),
            relative_path: relative.into(),
        }
    }

    fn package(&mut self, root: &Path, file: &ProjectFile, kind: PackageKind) -> PackageInput {
        let rules = FileRules::load(self.system, root, file);
        self.loaded
            .watched
            .extend(rules.watched_directories().map(Path::to_owned));
        let found = rules.list(self.system);
        let files = found.into_iter().map(|found| ResourceInput {
            file: self.add(&found.path, found.stamp),
            role: FileRole::Resource(found.kind),
            path: found.original_file_path,
            relative_path: found.relative_path,
        });
        let files = files.collect();
        let name = if file.name.value.is_empty() {
            root.file_name()
                .map(|name| name.to_string_lossy().into())
                .unwrap_or_default()
        } else {
            Arc::clone(&file.name.value)
        };
        let project_path = root.join(PROJECT_FILE_NAME);
        let project_file = self
            .system
            .is_file(&project_path)
            .then(|| self.other(root, &project_path, FileRole::ProjectFile));
        PackageInput {
            name,
            root: root.into(),
            kind,
            project_file,
            files,
        }
    }
}

/// The text of a file, or why there is none.
pub fn read_text(system: &dyn System, path: &Path, stamp: FileStamp) -> FileText {
    if stamp.len > MAX_FILE_LEN {
        return FileText::problem(FileProblem::TooLarge { len: stamp.len });
    }
    match system.read(path) {
        Ok(bytes) => decoded(bytes),
        Err(error) => FileText::problem(FileProblem::Unreadable {
            message: error.source.to_string(),
        }),
    }
}

/// UTF-8, without the mark that some editors put at the start.
fn decoded(bytes: Vec<u8>) -> FileText {
    match String::from_utf8(bytes) {
        Ok(text) => FileText {
            text: text.strip_prefix('\u{feff}').unwrap_or(&text).into(),
            problem: None,
        },
        Err(error) => FileText::problem(FileProblem::InvalidUtf8 {
            at: error.utf8_error().valid_up_to() as u32,
        }),
    }
}

/// The packages that are embedded in the binary, at paths that do not exist on any disk.
fn builtin_packages(loader: &mut Loader<'_>) -> Vec<PackageInput> {
    builtin::package_names()
        .map(|name| {
            let root = PathBuf::from(builtin::ROOT).join(name);
            let mut files = Vec::new();
            let mut project_file = None;
            for (path, text) in builtin::files(name) {
                let id = (loader.intern)(&root.join(path));
                loader.loaded.texts.push((
                    id,
                    FileText {
                        text: text.into(),
                        problem: None,
                    },
                ));
                let (role, relative) = match path.split_once('/') {
                    None if path == PROJECT_FILE_NAME => (FileRole::ProjectFile, path),
                    Some(("macros", rest))
                        if Path::new(rest).extension().is_some_and(|it| it == "sql") =>
                    {
                        (FileRole::Resource(FileKind::Macro), rest)
                    }
                    _ => continue,
                };
                let input = ResourceInput {
                    file: id,
                    role,
                    path: path.into(),
                    relative_path: relative.into(),
                };
                if role == FileRole::ProjectFile {
                    project_file = Some(input);
                } else {
                    files.push(input);
                }
            }
            PackageInput {
                name: name.into(),
                root: root.into(),
                kind: PackageKind::Builtin,
                project_file,
                files,
            }
        })
        .collect()
}
