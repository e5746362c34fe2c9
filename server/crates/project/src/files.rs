//! Which files belong to a project, and what each of them is.
//!
//! A file is what its directory and its ending make it: `.sql` below a model path is a model, below a macro path it
//! holds macros; where paths overlap it is both, as in dbt. `.dbtignore` has gitignore's syntax and is matched against
//! paths relative to the project. Files whose names begin with `.`, `#` or `~` are no one's.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{FileStamp, System, normalized};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

use crate::project_file::ProjectFile;

/// What a file is to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FileKind {
    Model,
    Seed,
    Snapshot,
    Analysis,
    Macro,
    SingularTest,
    /// Holds `{% test %}` blocks: `tests/generic/`.
    GenericTest,
    /// Rows for unit tests: `tests/fixtures/`.
    Fixture,
    Function,
    /// Markdown with `{% docs %}` blocks.
    Docs,
    /// YAML.
    Properties,
}

impl FileKind {
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Model | Self::Function => &["sql", "py"],
            Self::Seed => &["csv"],
            Self::Fixture => &["csv", "sql"],
            Self::Docs => &["md"],
            Self::Properties => &["yml", "yaml"],
            Self::Snapshot
            | Self::Analysis
            | Self::Macro
            | Self::SingularTest
            | Self::GenericTest => &["sql"],
        }
    }
}

/// A file of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundFile {
    /// Absolute.
    pub path: PathBuf,
    /// What it is. A file that is two things is found twice.
    pub kind: FileKind,
    /// Relative to its resource path, with slashes: `staging/stg_orders.sql`; dbt's `path`.
    pub relative_path: Arc<str>,
    /// Relative to the project: `models/staging/stg_orders.sql`; dbt's `original_file_path`.
    pub original_file_path: Arc<str>,
    /// To tell whether it changed.
    pub stamp: FileStamp,
}

/// What makes a path a file of a project.
#[derive(Debug, Clone)]
pub struct FileRules {
    root: PathBuf,
    /// Each directory once, with what its files may be.
    directories: Vec<ResourceDirectory>,
    ignored: Gitignore,
    /// Never looked into, wherever the resource paths lead.
    excluded: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
struct ResourceDirectory {
    /// As written in the project file.
    name: Arc<str>,
    path: PathBuf,
    kinds: Vec<FileKind>,
}

impl FileRules {
    /// The rules of the project at `root`; `dbtignore` is the text of its `.dbtignore`.
    #[must_use]
    pub fn new(root: &Path, project: &ProjectFile, dbtignore: &str) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for line in dbtignore.lines() {
            if let Err(error) = builder.add_line(None, line) {
                tracing::warn!(%error, line, "a line of .dbtignore is no pattern");
            }
        }
        let ignored = builder.build().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot use .dbtignore");
            Gitignore::empty()
        });
        let excluded = [&project.packages_install_path, &project.target_path]
            .into_iter()
            .filter(|path| !path.is_empty())
            .map(|path| normalized(&root.join(&**path)))
            .collect();
        Self {
            root: root.to_owned(),
            directories: directories(root, project),
            ignored,
            excluded,
        }
    }

    /// The rules with `.dbtignore` read from the project.
    #[must_use]
    pub fn load(system: &dyn System, root: &Path, project: &ProjectFile) -> Self {
        let path = root.join(".dbtignore");
        let text = if system.is_file(&path) {
            system.read(&path).unwrap_or_default()
        } else {
            Vec::new()
        };
        Self::new(root, project, &String::from_utf8_lossy(&text))
    }

    /// All files, sorted. Directories that are not there hold none.
    #[must_use]
    pub fn list(&self, system: &dyn System) -> Vec<FoundFile> {
        let mut found = Vec::new();
        for directory in &self.directories {
            self.walk(system, directory, &directory.path, &mut found);
        }
        found.sort();
        found
    }

    /// What the file at `path` is, whether or not it is there.
    #[must_use]
    pub fn classify(&self, path: &Path, stamp: FileStamp) -> Vec<FoundFile> {
        let path = normalized(path);
        let mut found = Vec::new();
        let is_excluded = |dir: &ResourceDirectory| {
            self.excluded
                .iter()
                .any(|excluded| path.starts_with(excluded) && !dir.path.starts_with(excluded))
        };
        for directory in &self.directories {
            if path.starts_with(&directory.path) && !is_excluded(directory) {
                self.add(directory, &path, stamp, &mut found);
            }
        }
        found.sort();
        found
    }

    /// The directories that may hold files of the project, for watching.
    pub fn watched_directories(&self) -> impl Iterator<Item = &Path> {
        self.directories
            .iter()
            .map(|directory| directory.path.as_path())
    }

    fn walk(
        &self,
        system: &dyn System,
        directory: &ResourceDirectory,
        path: &Path,
        found: &mut Vec<FoundFile>,
    ) {
        // A link to a directory above itself would have no end.
        const MAX_DEPTH: usize = 40;
        let depth = path.components().count()
            - directory
                .path
                .components()
                .count()
                .min(path.components().count());
        if depth > MAX_DEPTH {
            return;
        }
        // A directory that is not there, or may not be read, holds nothing; dbt does not complain either.
        for entry in system.read_dir(path).unwrap_or_default() {
            if !entry.is_dir {
                self.add(directory, &entry.path, entry.stamp, found);
            } else if !self.excluded.contains(&entry.path) {
                self.walk(system, directory, &entry.path, found);
            }
        }
    }

    fn add(
        &self,
        directory: &ResourceDirectory,
        path: &Path,
        stamp: FileStamp,
        found: &mut Vec<FoundFile>,
    ) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return;
        };
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let Some(ending) = ending.filter(|_| !name.starts_with(['.', '#', '~'])) else {
            return;
        };
        let kinds: Vec<_> = directory
            .kinds
            .iter()
            .filter(|kind| kind.endings().contains(&&*ending))
            .collect();
        if kinds.is_empty() {
            return;
        }
        let Some(relative) = path.strip_prefix(&directory.path).ok().map(with_slashes) else {
            return;
        };
        let original = match directory.name.as_ref() {
            "" => relative.clone(),
            name => format!("{}/{relative}", name.trim_end_matches('/')),
        };
        if self
            .ignored
            .matched_path_or_any_parents(original.trim_start_matches("./"), false)
            .is_ignore()
        {
            return;
        }
        for kind in kinds {
            // What lies in these two directories below a test path is not a test by itself.
            let is_special = relative.starts_with("generic/") || relative.starts_with("fixtures/");
            if *kind == FileKind::SingularTest && is_special {
                continue;
            }
            found.push(FoundFile {
                path: path.to_owned(),
                kind: *kind,
                relative_path: relative.as_str().into(),
                original_file_path: original.as_str().into(),
                stamp,
            });
        }
    }

    /// The project's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn directories(root: &Path, project: &ProjectFile) -> Vec<ResourceDirectory> {
    let paths = &project.paths;
    let below = |name: &str| -> Vec<Arc<str>> {
        paths
            .tests
            .iter()
            .map(|path| format!("{path}/{name}").into())
            .collect()
    };
    let all = paths.all();
    let by_kind: [(FileKind, &[Arc<str>]); 11] = [
        (FileKind::Model, &paths.models),
        (FileKind::Seed, &paths.seeds),
        (FileKind::Snapshot, &paths.snapshots),
        (FileKind::Analysis, &paths.analyses),
        (FileKind::Macro, &paths.macros),
        (FileKind::SingularTest, &paths.tests),
        (FileKind::GenericTest, &below("generic")),
        (FileKind::Fixture, &below("fixtures")),
        (FileKind::Function, &paths.functions),
        (FileKind::Docs, paths.docs.as_deref().unwrap_or(&all)),
        (FileKind::Properties, &all),
    ];
    let mut kinds: BTreeMap<Arc<str>, Vec<FileKind>> = BTreeMap::new();
    for (kind, names) in by_kind {
        for name in names {
            kinds.entry(Arc::clone(name)).or_default().push(kind);
        }
    }
    kinds
        .into_iter()
        .map(|(name, kinds)| ResourceDirectory {
            path: normalized(&root.join(&*name)),
            name,
            kinds,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base::{FileId, MemorySystem};
    use serde_json::json;

    use super::*;
    use crate::yaml::Yaml;

    fn list(project: &str, files: &[&str], dbtignore: &str) -> Vec<String> {
        let system = MemorySystem::new(
            files
                .iter()
                .map(|path| (Path::new("/w/shop").join(path), String::new())),
        );
        let (yaml, _) = Yaml::parse(project);
        let (project, _) = ProjectFile::read(FileId(0), &yaml, &|_| Ok(json!(null)));
        let rules = FileRules::new(Path::new("/w/shop"), &project, dbtignore);
        let found = rules.list(&system);
        for file in &found {
            assert!(rules.classify(&file.path, file.stamp).contains(file));
        }
        found
            .into_iter()
            .map(|file| format!("{:?} {}", file.kind, file.original_file_path))
            .collect()
    }

    #[test]
    fn directories_and_endings_say_what_a_file_is() {
        let files = [
            "models/staging/a.sql",
            "models/a.PY",
            "models/_a.yml",
            "models/.hidden.sql",
            "models/readme.md",
            "models/notes.txt",
            "tests/one.sql",
            "tests/generic/g.sql",
            "tests/fixtures/f.csv",
            "macros/m.sql",
            "seeds/s.csv",
            "elsewhere/x.sql",
        ];
        assert_eq!(
            list("name: shop\n", &files, ""),
            [
                "Macro macros/m.sql",
                "Properties models/_a.yml",
                "Model models/a.PY",
                "Docs models/readme.md",
                "Model models/staging/a.sql",
                "Seed seeds/s.csv",
                "Fixture tests/fixtures/f.csv",
                "GenericTest tests/generic/g.sql",
                "SingularTest tests/one.sql",
            ]
        );
    }

    #[test]
    fn paths_may_leave_the_project_but_not_enter_packages() {
        let project = "name: shop\nmodel-paths: ['../shared', '.']\nseed-paths: []\n";
        let files = [
            "../shared/x/a.sql",
            "b.sql",
            "dbt_packages/utils/models/c.sql",
        ];
        assert_eq!(
            list(project, &files, ""),
            ["Model ../shared/x/a.sql", "Model ./b.sql"]
        );
    }

    #[test]
    fn ignored_files_are_left_out() {
        let files = ["models/a.sql", "models/tmp/b.sql", "models/c.sql"];
        let ignore = "# comment\nmodels/tmp/\n*.sql\n!models/c.sql\n";
        assert_eq!(list("name: shop\n", &files, ignore), ["Model models/c.sql"]);
    }
}
