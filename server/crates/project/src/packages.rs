//! `packages.yml`, `dependencies.yml` and `package-lock.yml` as data, and the packages that are there.
//!
//! Nothing is fetched here. As in dbt, whatever directory lies in the install path is a package; a `local:` package
//! is taken from where it is, so that an editor needs no `deps` to understand a project, and knows its files by the
//! paths by which they are edited.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Diagnostic, FileId, SourceRange, System, normalized};
use serde::{Deserialize, Serialize};

use crate::{
    project_file::{PROJECT_FILE_NAME, ProjectFile},
    reading::{Fields, Reader, Render, SpannedText},
    yaml::{Shape, Yaml, YamlNode},
};

/// One package that a project asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSpec {
    /// Where it comes from.
    pub source: PackageSource,
    /// `name:`, where one is needed or given.
    pub name: Option<Arc<str>>,
    /// The entry's place.
    pub range: SourceRange,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PackageSource {
    /// A directory.
    Local {
        /// Relative to the project.
        path: SpannedText,
    },
    /// The package index.
    Hub {
        /// `owner/name`
        package: SpannedText,
        /// All of them must be met.
        versions: Vec<SpannedText>,
        /// Whether releases before a release will do.
        install_prerelease: bool,
    },
    /// A repository.
    Git {
        /// Its address.
        url: SpannedText,
        /// A branch, tag or commit.
        revision: Option<SpannedText>,
        /// The directory of the project in it.
        subdirectory: Option<Arc<str>>,
        /// Whether to warn that no revision is given.
        warn_unpinned: bool,
    },
    /// A repository of the platform dbt runs on.
    Private {
        /// `owner/name`
        repository: SpannedText,
        /// Who hosts it.
        provider: Option<Arc<str>>,
        /// A branch, tag or commit.
        revision: Option<SpannedText>,
        /// The directory of the project in it.
        subdirectory: Option<Arc<str>>,
    },
    /// An archive.
    Tarball {
        /// Its address.
        url: SpannedText,
    },
}

/// All packages a file asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackagesFile {
    /// In the order written.
    pub packages: Vec<PackageSpec>,
    /// `projects:` of `dependencies.yml`: other projects whose public models are used.
    pub projects: Vec<SpannedText>,
    /// `sha1_hash:` of a lock.
    pub sha1_hash: Option<Arc<str>>,
}

/// A package that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageRoot {
    /// Its directory.
    pub path: PathBuf,
    /// In the install path, as opposed to a `local:` directory.
    pub is_installed: bool,
}

/// The packages a project can use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundPackages {
    /// Sorted by path, the installed ones first.
    pub roots: Vec<PackageRoot>,
    /// How many are asked for that have to be installed; those that are `local:` are read where they are.
    pub n_wanted: usize,
}

const KEYS: [&str; 13] = [
    "package",
    "version",
    "install_prerelease",
    "install-prerelease",
    "git",
    "revision",
    "subdirectory",
    "warn-unpinned",
    "local",
    "tarball",
    "private",
    "provider",
    "name",
];

impl PackagesFile {
    /// Read `packages.yml`, `dependencies.yml` (where dbt renders no Jinja: give a callback that fails) or a lock.
    #[must_use]
    pub fn read(file: FileId, yaml: &Yaml, jinja: Render<'_>) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader::new(file, jinja);
        let root = yaml.root();
        if root.is_null() {
            return (Self::default(), Vec::new());
        }
        let keys = ["packages", "projects", "sha1_hash"];
        let Some(fields) = reader.fields(root, "a packages file", &keys) else {
            return (Self::default(), reader.diagnostics);
        };
        let items = reader.items(fields.get("packages"), "`packages`");
        let projects = reader.items(fields.get("projects"), "`projects`");
        let found = Self {
            packages: items
                .into_iter()
                .filter_map(|item| PackageSpec::read(&mut reader, item))
                .collect(),
            projects: projects
                .into_iter()
                .filter_map(|item| reader.text(item.get("name"), "`name`"))
                .collect(),
            sha1_hash: fields
                .get("sha1_hash")
                .and_then(YamlNode::raw)
                .map(Arc::from),
        };
        reader.diagnostics.sort();
        (found, reader.diagnostics)
    }
}

impl PackageSpec {
    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a package", &KEYS)?;
        let source = PackageSource::read(reader, &fields);
        if source.is_none() {
            let message =
                "a package needs one of `package`, `git`, `local`, `tarball` or `private`";
            reader.error("missing-key", node.range(), message);
        }
        Some(Self {
            source: source?,
            name: reader
                .text(fields.get("name"), "`name`")
                .map(|text| text.value),
            range: node.range(),
        })
    }
}

impl PackageSource {
    fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Self> {
        if let Some(path) = reader.text(fields.get("local"), "`local`") {
            return Some(Self::Local { path });
        }
        if let Some(package) = reader.text(fields.get("package"), "`package`") {
            return Some(Self::hub(reader, fields, package));
        }
        let revision = version_texts(reader, fields.get("revision"))
            .into_iter()
            .next();
        let subdirectory = reader
            .text(fields.get("subdirectory"), "`subdirectory`")
            .map(|text| text.value);
        if let Some(url) = reader.text(fields.get("git"), "`git`") {
            return Some(Self::Git {
                url,
                revision,
                subdirectory,
                warn_unpinned: reader
                    .bool(fields.get("warn-unpinned"), "`warn-unpinned`")
                    .unwrap_or(true),
            });
        }
        if let Some(repository) = reader.text(fields.get("private"), "`private`") {
            return Some(Self::Private {
                repository,
                provider: reader
                    .text(fields.get("provider"), "`provider`")
                    .map(|text| text.value),
                revision,
                subdirectory,
            });
        }
        let url = reader.text(fields.get("tarball"), "`tarball`")?;
        Some(Self::Tarball { url })
    }

    fn hub(reader: &mut Reader<'_>, fields: &Fields<'_>, package: SpannedText) -> Self {
        if !package.value.contains('/') {
            let message = format!("`{}` lacks its owner; write `owner/{0}`", package.value);
            reader.error("wrong-value", package.range, message);
        }
        let versions = version_texts(reader, fields.get("version"));
        if versions.is_empty() {
            let message = format!("`{}` needs a `version`", package.value);
            reader.error("missing-key", package.range, message);
        }
        let prerelease = fields
            .get("install_prerelease")
            .or(fields.get("install-prerelease"));
        Self::Hub {
            package,
            versions,
            install_prerelease: reader
                .bool(prerelease, "`install_prerelease`")
                .unwrap_or(false),
        }
    }
}

/// `1.0`, `">=1.0.0"` or a list of such: numbers are as good as texts.
fn version_texts(reader: &mut Reader<'_>, node: Option<YamlNode<'_>>) -> Vec<SpannedText> {
    let Some(node) = node else {
        return Vec::new();
    };
    if node.shape() == Shape::Sequence {
        return node
            .items()
            .flat_map(|item| version_texts(reader, Some(item)))
            .collect();
    }
    match node.raw().filter(|_| node.as_text().is_none()) {
        Some(raw) => vec![SpannedText::new(raw.into(), node.range())],
        None => reader.text(Some(node), "a version").into_iter().collect(),
    }
}

/// The packages that are there for the project at `root`.
#[must_use]
pub fn find_packages(
    system: &dyn System,
    root: &Path,
    project: &ProjectFile,
    specs: &[PackageSpec],
) -> FoundPackages {
    let install_path = root.join(&*project.packages_install_path);
    let installed: Vec<PathBuf> = system
        // Without the directory nothing is installed.
        .read_dir(&install_path)
        .unwrap_or_default()
        .into_iter()
        .filter(|entry| entry.is_dir && !is_hidden(&entry.path))
        .map(|entry| entry.path)
        .collect();
    let is_local = |spec: &&PackageSpec| matches!(spec.source, PackageSource::Local { .. });
    let n_wanted = specs.iter().filter(|spec| !is_local(spec)).count();
    let local_paths = specs.iter().filter_map(|spec| match &spec.source {
        PackageSource::Local { path } => Some(normalized(&root.join(&*path.value))),
        _ => None,
    });
    let local: Vec<(String, PathBuf)> = local_paths
        .filter_map(|path| Some((package_name(system, &path)?, path)))
        .collect();
    // What `deps` installs for a local package is a link to it; the files that the user edits are behind the link.
    let is_link = |path: &PathBuf| {
        let name = package_name(system, path);
        name.is_none_or(|name| local.iter().any(|(known, _)| *known == name))
    };
    let roots = installed
        .iter()
        .filter(|path| !is_link(path))
        .cloned()
        .map(|path| PackageRoot {
            path,
            is_installed: true,
        })
        .chain(local.iter().map(|(_, path)| PackageRoot {
            path: path.clone(),
            is_installed: false,
        }))
        .collect();
    FoundPackages { roots, n_wanted }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with("__"))
}

/// The name in a package's project file.
fn package_name(system: &dyn System, path: &Path) -> Option<String> {
    let text = system.read(&path.join(PROJECT_FILE_NAME)).ok()?;
    let (yaml, _) = Yaml::parse(&String::from_utf8_lossy(&text));
    let name = yaml.root().get("name")?.raw()?.to_owned();
    Some(name)
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;
    use expect_test::expect;

    use super::*;

    fn read(text: &str) -> (PackagesFile, Vec<Diagnostic>) {
        let (yaml, _) = Yaml::parse(text);
        PackagesFile::read(FileId(0), &yaml, &|_| Err("no Jinja here".to_owned()))
    }

    #[test]
    fn reads_every_kind_of_source() {
        let (file, diagnostics) = read(
            "
packages:
  - {package: dbt-labs/dbt_utils, version: ['>=1.0.0', '<2.0.0']}
  - {git: 'https://example.com/x.git', revision: 1.0}
  - local: ../shared
  - {tarball: 'https://example.com/x.tgz', name: x}
",
        );
        assert_eq!(diagnostics, []);
        let kinds: Vec<_> = file
            .packages
            .iter()
            .map(|spec| match &spec.source {
                PackageSource::Hub { versions, .. } => format!("hub {}", versions.len()),
                PackageSource::Git { revision, .. } => {
                    format!("git {}", revision.as_ref().unwrap().value)
                }
                PackageSource::Local { path } => format!("local {}", path.value),
                PackageSource::Tarball { .. } => "tarball".to_owned(),
                PackageSource::Private { .. } => "private".to_owned(),
            })
            .collect();
        assert_eq!(kinds, ["hub 2", "git 1.0", "local ../shared", "tarball"]);
    }

    #[test]
    fn reports_what_is_missing() {
        let (_, diagnostics) = read("packages:\n  - package: dbt_utils\n  - {}\n");
        let messages: Vec<_> = diagnostics.into_iter().map(|d| d.message).collect();
        expect![[r"
            `dbt_utils` needs a `version`
            `dbt_utils` lacks its owner; write `owner/dbt_utils`
            a package needs one of `package`, `git`, `local`, `tarball` or `private`"]]
        .assert_eq(&messages.join("\n"));
    }

    #[test]
    fn local_packages_are_taken_from_where_they_are() {
        let project = |name: &str| format!("name: {name}\n");
        let system = MemorySystem::new([
            (
                "/w/shop/dbt_packages/utils/dbt_project.yml".into(),
                project("utils"),
            ),
            (
                "/w/shop/dbt_packages/__tmp/dbt_project.yml".into(),
                project("tmp"),
            ),
            (
                "/w/shop/dbt_packages/hub/dbt_project.yml".into(),
                project("hub"),
            ),
            ("/w/shared/dbt_project.yml".into(), project("shared")),
            ("/w/utils/dbt_project.yml".into(), project("utils")),
        ]);
        let (file, _) = read("packages: [{local: ../shared}, {local: ../utils}]\n");
        let (yaml, _) = Yaml::parse("name: shop\n");
        let (shop, _) = ProjectFile::read(FileId(0), &yaml, &|_| Err(String::new()));
        let found = find_packages(&system, Path::new("/w/shop"), &shop, &file.packages);
        let roots: Vec<_> = found
            .roots
            .iter()
            .map(|root| (root.path.to_str().unwrap(), root.is_installed))
            .collect();
        assert_eq!(
            roots,
            [
                ("/w/shop/dbt_packages/hub", true),
                ("/w/shared", false),
                ("/w/utils", false)
            ]
        );
        assert_eq!(found.n_wanted, 0);
    }
}
