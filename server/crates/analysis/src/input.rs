//! The inputs: what the world outside says. Everything else is computed from them.
//!
//! Durability keeps typing cheap: an open file's text is LOW, other files of the project are MEDIUM, installed and
//! built-in packages, the set of files and the settings are HIGH. A query that saw only HIGH inputs is not even looked
//! at when somebody types.
#![expect(
    missing_docs,
    reason = "salsa's macros write functions without documentation"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use base::{Diagnostic, FileId, SourceRange};
use project::{files::FileKind, json::JsonObject};

use crate::warehouse_catalog::WarehouseCatalog;

/// What a file is to its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// Below a resource path.
    Resource(FileKind),
    /// `dbt_project.yml`
    ProjectFile,
    /// `profiles.yml`
    Profiles,
    /// `packages.yml` or `dependencies.yml`
    Packages,
    /// `selectors.yml`
    Selectors,
}

/// A dbt project with its packages.
#[salsa::input(debug)]
pub struct Project {
    /// The directory of `dbt_project.yml`.
    #[returns(ref)]
    pub root: Arc<Path>,
    /// The root project first, then installed packages by name, then the built-in ones.
    #[returns(ref)]
    pub packages: Arc<[Package]>,
    /// `profiles.yml`, wherever it was found.
    #[returns(copy)]
    pub profiles: Option<SourceFile>,
    /// `selectors.yml` and `packages.yml`, where there are any.
    #[returns(ref)]
    pub other_files: Arc<[SourceFile]>,
    /// Command line and editor settings, environment.
    #[returns(ref)]
    pub settings: Arc<Settings>,
    /// What the warehouse said of its tables, when it was asked.
    #[returns(ref)]
    pub catalog: Arc<WarehouseCatalog>,
}

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageKind {
    /// The project that was opened.
    Root,
    /// Installed, or `local:`; read, never edited.
    Installed,
    /// Embedded in the binary.
    Builtin,
}

/// A package of a project, the root project included.
#[salsa::input(debug)]
pub struct Package {
    /// The project it is part of.
    #[returns(copy)]
    pub project: Project,
    /// `name:` of its `dbt_project.yml`.
    #[returns(ref)]
    pub name: Arc<str>,
    /// Its directory; for built-in packages a path that does not exist.
    #[returns(ref)]
    pub root: Arc<Path>,
    /// Where it comes from.
    #[returns(copy)]
    pub kind: PackageKind,
    /// Its `dbt_project.yml`.
    #[returns(copy)]
    pub project_file: Option<SourceFile>,
    /// All of its files, sorted by path.
    #[returns(ref)]
    pub files: Arc<[SourceFile]>,
}

/// Why the text of a file is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileProblem {
    /// Not UTF-8 from this byte on.
    InvalidUtf8 {
        /// Offset of the first wrong byte.
        at: u32,
    },
    /// Larger than we read: an export that ended up among the models.
    TooLarge {
        /// Bytes.
        len: u64,
    },
    /// The system would not give it.
    Unreadable {
        /// The system's words.
        message: String,
    },
}

impl FileProblem {
    /// At the beginning of the file.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, message) = match self {
            Self::InvalidUtf8 { at } => (
                "invalid-utf8",
                format!("the file is not UTF-8 text: byte {at} is wrong; save it as UTF-8"),
            ),
            Self::TooLarge { len } => (
                "file-too-large",
                format!(
                    "the file has {} MB and is not read; move data out of the project's paths",
                    len / (1 << 20)
                ),
            ),
            Self::Unreadable { message } => (
                "unreadable-file",
                format!("the file cannot be read: {message}"),
            ),
        };
        Diagnostic::error(code, SourceRange::at(0), message)
    }
}

/// A file as one project sees it. A file that two projects share is two of these.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Its path, interned.
    #[returns(copy)]
    pub id: FileId,
    /// The package it belongs to; `None` for profiles.yml.
    #[returns(copy)]
    pub package: Option<Package>,
    /// What dbt takes it for.
    #[returns(copy)]
    pub role: FileRole,
    /// Relative to its package, with `/`: `models/staging/stg_orders.sql`; dbt's `original_file_path`.
    #[returns(ref)]
    pub path: Arc<str>,
    /// Relative to its resource path: `staging/stg_orders.sql`; dbt's `path`.
    #[returns(ref)]
    pub relative_path: Arc<str>,
    /// The content; empty where there is a problem.
    #[returns(ref)]
    pub text: Arc<str>,
    /// Why there is no text.
    #[returns(ref)]
    pub problem: Option<FileProblem>,
}

impl SourceFile {
    /// What kind of resource it holds.
    pub fn kind(self, db: &dyn salsa::Database) -> Option<FileKind> {
        match self.role(db) {
            FileRole::Resource(kind) => Some(kind),
            FileRole::ProjectFile
            | FileRole::Profiles
            | FileRole::Packages
            | FileRole::Selectors => None,
        }
    }

    /// The name without directories and extension: `stg_orders`.
    pub fn stem(self, db: &dyn salsa::Database) -> &str {
        let path: &str = self.path(db);
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The project it belongs to.
    pub fn project(self, db: &dyn salsa::Database) -> Option<Project> {
        self.package(db).map(|package| package.project(db))
    }
}

/// What was asked for, and the environment it was asked in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// `--target`
    pub target: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--vars`
    pub vars: JsonObject,
    /// The environment when the project was opened.
    pub env: BTreeMap<String, String>,
    /// When the project was opened: `run_started_at`.
    pub started_at: StartedAt,
    /// `--threads`
    pub threads: Option<u32>,
    /// Where profiles.yml was looked for, for the message when there is none.
    pub profiles_searched: Vec<String>,
    /// `flags` as templates see them.
    pub flags: JsonObject,
    /// What of the environment and the flags was asked for.
    pub reads: Arc<SettingReads>,
}

/// A point in time. All are equal: a project that is opened again is not another one for that.
#[derive(Debug, Clone, Copy)]
pub struct StartedAt(pub SystemTime);

impl Default for StartedAt {
    fn default() -> Self {
        Self(SystemTime::UNIX_EPOCH)
    }
}

impl PartialEq for StartedAt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for StartedAt {}

/// Remembers which settings templates have read: what was made of a project depends on those alone.
#[derive(Debug, Default)]
pub struct SettingReads {
    env: Mutex<BTreeSet<String>>,
    flags: AtomicBool,
    started_at: AtomicBool,
}

impl SettingReads {
    pub(crate) fn add_env(&self, name: &str) {
        let mut env = self.env.lock().unwrap_or_else(PoisonError::into_inner);
        if !env.contains(name) {
            env.insert(name.to_owned());
        }
    }

    pub(crate) fn add_flags(&self) {
        self.flags.store(true, Ordering::Relaxed);
    }

    pub(crate) fn add_started_at(&self) {
        self.started_at.store(true, Ordering::Relaxed);
    }

    /// Whether `run_started_at` was asked for: what was made of that is good for this once.
    pub(crate) fn has_started_at(&self) -> bool {
        self.started_at.load(Ordering::Relaxed)
    }

    pub(crate) fn env(&self) -> BTreeSet<String> {
        let env = self.env.lock().unwrap_or_else(PoisonError::into_inner);
        env.clone()
    }

    pub(crate) fn has_flags(&self) -> bool {
        self.flags.load(Ordering::Relaxed)
    }
}

/// What was asked for is no setting.
impl PartialEq for SettingReads {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SettingReads {}
