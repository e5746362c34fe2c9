//! From names to resources: `ref`, `source`, `doc`.

use std::{collections::BTreeMap, sync::Arc};

use base::{NearNames, did_you_mean, or_did_you_mean};
use project::{
    files::FileKind,
    node::{NodeVersion, RefArgs, ResourceType, Source, SourceArgs, UniqueId},
};
use salsa::Database;

use crate::{
    input::{Package, Project, SourceFile},
    nodes::nodes_of,
    parts::{files_of_part, parts},
    project_config::root_name,
    source::{docs_blocks, files_of},
    sources::sources_of,
};

/// Where a node is defined.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefTarget {
    /// Its id.
    pub unique_id: UniqueId,
    /// Its file: the template, the CSV, or the properties of a snapshot in YAML.
    pub file: SourceFile,
    /// Its place among the nodes of that file.
    pub slot: u32,
}

/// What a node is called and whether it counts: all that name resolution needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub unique_id: UniqueId,
    /// Its kind.
    pub resource_type: ResourceType,
    /// The name that `ref` takes.
    pub name: Arc<str>,
    /// Its version, and whether that is the one `ref` means without one.
    pub version: Option<(NodeVersion, bool)>,
    /// Not turned off.
    pub is_enabled: bool,
    /// The group it belongs to.
    pub group: Option<Arc<str>>,
}

/// The identities of a file's nodes.
#[salsa::tracked]
pub fn identities(db: &dyn Database, file: SourceFile) -> Arc<[Identity]> {
    let identity = |node: &Arc<project::node::Node>| Identity {
        unique_id: node.unique_id.clone(),
        resource_type: node.resource_type(),
        name: Arc::clone(&node.name),
        version: node.version().map(|version| {
            let latest = node.model().and_then(|model| model.latest_version.as_ref());
            (version.clone(), latest == Some(version))
        }),
        is_enabled: node.config.enabled(),
        group: node.group.clone(),
    };
    nodes_of(db, file).iter().map(identity).collect()
}

/// Whether a file of this kind can define nodes.
pub(crate) fn defines_nodes(kind: FileKind) -> bool {
    match kind {
        FileKind::Model
        | FileKind::Seed
        | FileKind::Snapshot
        | FileKind::Analysis
        | FileKind::SingularTest
        | FileKind::Function
        | FileKind::Properties => true,
        FileKind::Macro | FileKind::GenericTest | FileKind::Fixture | FileKind::Docs => false,
    }
}

/// What `ref` can mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefIndex {
    /// By name (`orders`, `orders.v2`), then by package.
    pub enabled: BTreeMap<Arc<str>, BTreeMap<Arc<str>, RefTarget>>,
    /// Nodes that are turned off, by name.
    pub disabled: BTreeMap<Arc<str>, RefTarget>,
    /// Nodes whose name is taken already: the file that comes second, with the first.
    pub duplicates: Vec<(RefTarget, RefTarget)>,
}

/// All refable nodes of a project.
#[salsa::tracked]
pub fn ref_index(db: &dyn Database, project: Project) -> Arc<RefIndex> {
    let mut index = RefIndex::default();
    for package in project.packages(db).iter().copied() {
        for part in parts(db, package) {
            for (identity, target) in refable_nodes(db, package, part).iter() {
                index.add(package.name(db), identity, target.clone());
            }
        }
    }
    Arc::new(index)
}

/// What a wrong `ref` may have meant. Of its own, so that typing in a `ref` does not count the letters of all names each time.
#[salsa::tracked]
fn ref_names(db: &dyn Database, project: Project) -> Arc<NearNames> {
    let names = ref_index(db, project).enabled.keys();
    Arc::new(names.cloned().collect())
}

/// All functions of a project, which `function` can mean.
#[salsa::tracked]
pub fn function_index(db: &dyn Database, project: Project) -> Arc<RefIndex> {
    let mut index = RefIndex::default();
    for package in project.packages(db).iter().copied() {
        for part in parts(db, package) {
            for (identity, target) in functions(db, package, part).iter() {
                index.add(package.name(db), identity, target.clone());
            }
        }
    }
    Arc::new(index)
}

/// What a `function` in a node of `package` means.
pub fn function_target(
    db: &dyn Database,
    project: Project,
    package: &str,
    args: &RefArgs,
) -> Option<RefTarget> {
    let root = root_name(db, project);
    function_index(db, project)
        .target(&root, package, args)
        .cloned()
}

/// The nodes of a part of a package that a `ref` can mean.
#[salsa::tracked]
fn refable_nodes(db: &dyn Database, package: Package, part: u32) -> Arc<[(Identity, RefTarget)]> {
    nodes_of_part(db, package, part, ResourceType::is_refable)
}

/// The nodes of a part of a package that `function` can mean.
#[salsa::tracked]
fn functions(db: &dyn Database, package: Package, part: u32) -> Arc<[(Identity, RefTarget)]> {
    nodes_of_part(db, package, part, |kind| kind == ResourceType::Function)
}

fn nodes_of_part(
    db: &dyn Database,
    package: Package,
    part: u32,
    is_wanted: impl Fn(ResourceType) -> bool,
) -> Arc<[(Identity, RefTarget)]> {
    let files = files_of_part(db, package, part).iter().copied();
    let nodes = files
        .filter(|file| file.kind(db).is_some_and(defines_nodes))
        .flat_map(|file| {
            let identities = identities(db, file).iter().enumerate();
            identities.map(move |(slot, identity)| (file, slot, identity))
        })
        .filter(|(_, _, identity)| is_wanted(identity.resource_type));
    nodes
        .map(|(file, slot, identity)| {
            let target = RefTarget {
                unique_id: identity.unique_id.clone(),
                file,
                slot: slot as u32,
            };
            (identity.clone(), target)
        })
        .collect()
}

impl RefIndex {
    fn add(&mut self, package: &Arc<str>, identity: &Identity, target: RefTarget) {
        if !identity.is_enabled {
            self.disabled.insert(Arc::clone(&identity.name), target);
            return;
        }
        let mut names = Vec::new();
        match &identity.version {
            None => names.push(Arc::clone(&identity.name)),
            Some((version, is_latest)) => {
                names.push(format!("{}.v{version}", identity.name).into());
                names.extend(is_latest.then(|| Arc::clone(&identity.name)));
            }
        }
        for name in names {
            let by_package = self.enabled.entry(name).or_default();
            match by_package.get(package) {
                Some(first) => self.duplicates.push((target.clone(), first.clone())),
                None => {
                    by_package.insert(Arc::clone(package), target.clone());
                }
            }
        }
    }

    /// What a `ref` in a node of `package` means.
    ///
    /// Without a package it is looked for in the root project, then in the node's own package, then anywhere; two
    /// packages with the name are an error only in that last case.
    pub fn resolve(
        &self,
        root: &str,
        package: &str,
        args: &RefArgs,
    ) -> Result<RefTarget, RefError> {
        self.find(root, package, args).cloned().map_err(|error| {
            error.with_meant(|| did_you_mean(&args.name, self.enabled.keys().map(|known| &**known)))
        })
    }

    /// The same for those who do not ask why a `ref` means nothing: looking for what was meant goes through all names.
    pub fn target(&self, root: &str, package: &str, args: &RefArgs) -> Option<&RefTarget> {
        self.find(root, package, args).ok()
    }

    /// The same without what was meant.
    pub(crate) fn find(
        &self,
        root: &str,
        package: &str,
        args: &RefArgs,
    ) -> Result<&RefTarget, RefError> {
        let key: Arc<str> = match &args.version {
            Some(version) => format!("{}.v{version}", args.name).into(),
            None => Arc::clone(&args.name),
        };
        let not_found = || match self.disabled.get(&args.name) {
            Some(_) => RefError::Disabled,
            None => RefError::NotFound { meant: None },
        };
        let by_package = self.enabled.get(&key).ok_or_else(not_found)?;
        if let Some(wanted) = &args.package {
            return by_package.get(wanted).ok_or_else(not_found);
        }
        if let Some(target) = by_package.get(root).or_else(|| by_package.get(package)) {
            return Ok(target);
        }
        let mut all = by_package.values();
        match (all.next(), all.next()) {
            (Some(target), None) => Ok(target),
            (Some(_), Some(_)) => Err(RefError::Ambiguous {
                packages: by_package.keys().map(ToString::to_string).collect(),
            }),
            (None, _) => Err(not_found()),
        }
    }
}

/// Why a `ref` means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefError {
    /// No node has the name.
    NotFound {
        /// The name that was probably meant.
        meant: Option<String>,
    },
    /// The node is turned off.
    Disabled,
    /// Several packages have it, and none is nearer than the others.
    Ambiguous {
        /// Those packages.
        packages: Vec<String>,
    },
}

impl RefError {
    fn with_meant<'a>(self, meant: impl FnOnce() -> Option<&'a str>) -> Self {
        match self {
            Self::NotFound { .. } => Self::NotFound {
                meant: meant().map(str::to_owned),
            },
            Self::Disabled | Self::Ambiguous { .. } => self,
        }
    }

    /// For people.
    pub fn message(&self, args: &RefArgs) -> String {
        let name = &args.name;
        let package = args
            .package
            .as_ref()
            .map(|package| format!(" in package `{package}`"))
            .unwrap_or_default();
        let version = args
            .version
            .as_ref()
            .map(|version| format!(" version {version}"))
            .unwrap_or_default();
        match self {
            Self::NotFound { meant: Some(meant) } => {
                format!("model `{name}`{version}{package} not found; did you mean `{meant}`?")
            }
            Self::NotFound { meant: None } => format!("model `{name}`{version}{package} not found"),
            Self::Disabled => format!(
                "model `{name}`{version}{package} is disabled; enable it or remove this reference"
            ),
            Self::Ambiguous { packages } => {
                format!(
                    "`{name}` is in several packages ({}); write `ref('package', '{name}')`",
                    packages.join(", ")
                )
            }
        }
    }
}

/// What a `ref` in a node of `package` means.
pub fn resolve_ref(
    db: &dyn Database,
    project: Project,
    package: &str,
    args: &RefArgs,
) -> Result<RefTarget, RefError> {
    let index = ref_index(db, project);
    let found = index.find(&root_name(db, project), package, args);
    found
        .cloned()
        .map_err(|error| error.with_meant(|| ref_names(db, project).nearest(&args.name)))
}

/// The same for those who do not ask why it means nothing.
pub fn ref_target(
    db: &dyn Database,
    project: Project,
    package: &str,
    args: &RefArgs,
) -> Option<RefTarget> {
    ref_index(db, project)
        .target(&root_name(db, project), package, args)
        .cloned()
}

/// Where a table of a source is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceTarget {
    /// The properties file.
    pub file: SourceFile,
    /// Its place among the sources of that file.
    pub slot: u32,
}

/// What `source` can mean: by source and table, then by package.
pub type SourceIndex = BTreeMap<SourceKey, BTreeMap<Arc<str>, SourceTarget>>;

/// Source and table.
pub type SourceKey = (Arc<str>, Arc<str>);

/// The names of a file's tables; `None` where one is turned off.
#[salsa::tracked]
pub fn source_names(db: &dyn Database, file: SourceFile) -> Arc<[Option<SourceKey>]> {
    let name = |source: &Arc<Source>| {
        source
            .config
            .enabled()
            .then(|| (Arc::clone(&source.source_name), Arc::clone(&source.name)))
    };
    sources_of(db, file).iter().map(name).collect()
}

/// All tables of sources.
#[salsa::tracked]
pub fn source_index(db: &dyn Database, project: Project) -> Arc<SourceIndex> {
    let mut index = SourceIndex::new();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, |kind| kind == FileKind::Properties) {
            for (slot, name) in source_names(db, file).iter().enumerate() {
                let Some(name) = name else { continue };
                let target = SourceTarget {
                    file,
                    slot: slot as u32,
                };
                index
                    .entry(name.clone())
                    .or_default()
                    .entry(Arc::clone(package.name(db)))
                    .or_insert(target);
            }
        }
    }
    Arc::new(index)
}

/// What a `source` in a node of `package` means.
pub fn source_target(
    db: &dyn Database,
    project: Project,
    package: &str,
    args: &SourceArgs,
) -> Option<SourceTarget> {
    let by_package =
        source_index(db, project).get(&(Arc::clone(&args.source), Arc::clone(&args.table)))?;
    let root = root_name(db, project);
    by_package
        .get(&*root)
        .or_else(|| by_package.get(package))
        .or_else(|| by_package.values().next())
        .copied()
}

/// The table that a `source` in a node of `package` means.
pub fn resolve_source(
    db: &dyn Database,
    project: Project,
    package: &str,
    args: &SourceArgs,
) -> Option<Arc<Source>> {
    let target = source_target(db, project, package, args)?;
    sources_of(db, target.file)
        .get(target.slot as usize)
        .cloned()
}

/// Why a `source` means nothing.
pub fn unknown_source_message(db: &dyn Database, project: Project, args: &SourceArgs) -> String {
    let index = source_index(db, project);
    let first = (Arc::clone(&args.source), Arc::from(""));
    let mut tables = index
        .range(first..)
        .map(|(key, _)| key)
        .take_while(|(source, _)| *source == args.source)
        .map(|(_, table)| &**table)
        .peekable();
    if tables.peek().is_some() {
        let message = format!("source `{}` has no table `{}`", args.source, args.table);
        return or_did_you_mean(message, &args.table, tables);
    }
    let message = format!("source `{}` not found", args.source);
    or_did_you_mean(
        message,
        &args.source,
        index.keys().map(|(source, _)| &**source),
    )
}

/// Docs blocks by name, then by package: file and place in it.
pub type DocIndex = BTreeMap<Arc<str>, BTreeMap<Arc<str>, (SourceFile, u32)>>;

/// All docs blocks.
#[salsa::tracked]
pub fn doc_index(db: &dyn Database, project: Project) -> Arc<DocIndex> {
    let mut index = DocIndex::new();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, |kind| kind == FileKind::Docs) {
            for (slot, block) in docs_blocks(db, file).iter().enumerate() {
                let by_package = index.entry(Arc::clone(&block.name)).or_default();
                by_package
                    .entry(Arc::clone(package.name(db)))
                    .or_insert((file, slot as u32));
            }
        }
    }
    Arc::new(index)
}

/// Where the block is that `doc(name)` in a file of `own_package` means.
pub fn doc_target(
    db: &dyn Database,
    project: Project,
    package: Option<&str>,
    own_package: &str,
    name: &str,
) -> Option<(SourceFile, u32)> {
    let by_package = doc_index(db, project).get(name)?;
    if let Some(package) = package {
        return by_package.get(package).copied();
    }
    let root = root_name(db, project);
    by_package
        .get(&*root)
        .or_else(|| by_package.get(own_package))
        .or_else(|| by_package.values().next())
        .copied()
}

/// The text that `doc(name)` stands for.
pub(crate) fn doc_contents(
    db: &dyn Database,
    project: Project,
    package: Option<&str>,
    own_package: &str,
    name: &str,
) -> Option<Arc<str>> {
    let (file, slot) = doc_target(db, project, package, own_package, name)?;
    docs_blocks(db, file)
        .get(slot as usize)
        .map(|block| Arc::clone(&block.contents))
}
