//! Which entry of which properties file describes a node ("patch" is dbt's word for it).

use std::{collections::BTreeMap, sync::Arc};

use base::SourceRange;
use project::{
    config_merge,
    files::FileKind,
    json::{JsonMap, JsonObject},
    node::{Access, Column, Constraint, FunctionDetail, NodeVersion, ResourceType},
    properties::{NodeProperties, Properties, VersionProperties},
};
use salsa::Database;

use crate::{
    facts::node_facts,
    input::{Package, PackageKind, Project, SourceFile},
    macros::macro_index,
    nodes::nodes_of,
    resolve::{function_index, ref_index},
    source::{files_of, properties},
};

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PatchKey {
    /// The properties file.
    pub file: SourceFile,
    /// Its place in its section.
    pub entry: u32,
    /// Its place among the entry's versions.
    pub version: Option<u32>,
}

/// Entries by kind and by the name of the file they describe.
pub type PatchIndex = BTreeMap<(ResourceType, Arc<str>), PatchKey>;

/// The section of a kind.
pub fn section(properties: &Properties, kind: ResourceType) -> &[NodeProperties] {
    match kind {
        ResourceType::Model => &properties.models,
        ResourceType::Seed => &properties.seeds,
        ResourceType::Snapshot => &properties.snapshots,
        ResourceType::Analysis => &properties.analyses,
        ResourceType::Function => &properties.functions,
        ResourceType::Test => &properties.singular_tests,
        _ => &[],
    }
}

pub(crate) const PATCHED: [ResourceType; 6] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Analysis,
    ResourceType::Function,
    ResourceType::Test,
];

/// The names that a properties file describes.
#[salsa::tracked]
pub fn patch_names(
    db: &dyn Database,
    file: SourceFile,
) -> Arc<[(ResourceType, Arc<str>, PatchKey)]> {
    let properties = &properties(db, file).properties;
    let mut names = Vec::new();
    for kind in PATCHED {
        for (entry, node) in section(properties, kind).iter().enumerate() {
            let key = PatchKey {
                file,
                entry: entry as u32,
                version: None,
            };
            if node.versions.is_empty() {
                names.push((kind, Arc::clone(&node.name.value), key));
            }
            for (index, version) in node.versions.iter().enumerate() {
                let key = PatchKey {
                    version: Some(index as u32),
                    ..key
                };
                let defined_in = version
                    .defined_in
                    .as_ref()
                    .map(|file| Arc::clone(&file.value));
                let file_name = defined_in
                    .unwrap_or_else(|| format!("{}_v{}", node.name.value, version.version).into());
                names.push((kind, file_name, key));
                // The latest version may do without a suffix.
                if node.latest() == Some(&version.version) {
                    names.push((kind, Arc::clone(&node.name.value), key));
                }
            }
        }
    }
    names.into()
}

/// All entries of a package that describe nodes.
#[salsa::tracked]
pub fn patch_index(db: &dyn Database, package: Package) -> Arc<PatchIndex> {
    let mut index = PatchIndex::new();
    for file in files_of(db, package, |kind| kind == FileKind::Properties) {
        for (kind, name, key) in patch_names(db, file).iter() {
            index.entry((*kind, Arc::clone(name))).or_insert(*key);
        }
    }
    Arc::new(index)
}

/// What an entry comes to for one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) file: SourceFile,
    pub(crate) name: Arc<str>,
    pub(crate) version: Option<NodeVersion>,
    pub(crate) latest_version: Option<NodeVersion>,
    /// A template.
    pub(crate) description: Arc<str>,
    pub(crate) columns: Vec<Column>,
    pub(crate) config: JsonMap,
    pub(crate) constraints: Arc<[Constraint]>,
    pub(crate) access: Option<Access>,
    pub(crate) deprecation_date: Option<Arc<str>>,
    pub(crate) time_spine: Option<JsonObject>,
    pub(crate) function: Arc<FunctionDetail>,
}

/// The entry for a node of `package` in a file called `stem`.
pub(crate) fn patch_for(
    db: &dyn Database,
    package: Package,
    kind: ResourceType,
    stem: &str,
) -> Option<Patch> {
    let key = patch_key(db, package, kind, stem)?;
    let properties = &properties(db, key.file).properties;
    let entry = section(properties, kind).get(key.entry as usize)?;
    let version = key
        .version
        .and_then(|version| entry.versions.get(version as usize));
    Some(match version {
        Some(version) => versioned(key.file, entry, version),
        None => unversioned(key.file, entry),
    })
}

/// The entry of the node's own package, or else that of another which has no such node itself: often the project describes
/// what a package has.
fn patch_key(
    db: &dyn Database,
    package: Package,
    kind: ResourceType,
    stem: &str,
) -> Option<PatchKey> {
    let wanted = (kind, Arc::from(stem));
    if let Some(own) = patch_index(db, package).get(&wanted) {
        return Some(*own);
    }
    if kind == ResourceType::Test {
        return None;
    }
    let others = package.project(db).packages(db).iter().copied();
    let mut others = others.filter(|other| *other != package);
    others.find_map(|other| {
        let key = *patch_index(db, other).get(&wanted)?;
        let is_taken = key.version.is_some() || has_own(db, other, key, kind, stem);
        (!is_taken).then_some(key)
    })
}

/// Whether the package of an entry has the node that it describes. One that is turned off gives way, as in dbt.
fn has_own(
    db: &dyn Database,
    package: Package,
    key: PatchKey,
    kind: ResourceType,
    stem: &str,
) -> bool {
    let entry = section(&properties(db, key.file).properties, kind).get(key.entry as usize);
    if entry.is_some_and(|entry| !entry.versions.is_empty() || entry.relation.is_some()) {
        return true;
    }
    let of_kind = match kind {
        ResourceType::Model => FileKind::Model,
        ResourceType::Seed => FileKind::Seed,
        ResourceType::Snapshot => FileKind::Snapshot,
        ResourceType::Analysis => FileKind::Analysis,
        _ => FileKind::Function,
    };
    // Where the entry itself turns its node off, there was one to be turned off.
    let decides = entry.is_some_and(|entry| entry.config.values.contains_key("enabled"));
    let mut files = files_of(db, package, |kind| kind == of_kind);
    if kind == ResourceType::Snapshot {
        return files.any(|file| node_facts(db, file).iter().any(|it| &*it.name == stem));
    }
    files.any(|file| {
        // A file that is one node, which has an entry of its own: nothing goes around in a circle.
        file.stem(db) == stem
            && (decides || nodes_of(db, file).iter().any(|node| node.config.enabled()))
    })
}

/// Entries that describe nothing: dbt's name of the warning, and its words.
pub fn unmatched_entries(db: &dyn Database, project: Project) -> Vec<(&'static str, String)> {
    let packages = project.packages(db).iter().copied();
    let files: Vec<SourceFile> = packages
        .filter(|package| package.kind(db) != PackageKind::Builtin)
        .flat_map(|package| files_of(db, package, |kind| kind == FileKind::Properties))
        .collect();
    let (refs, functions) = (ref_index(db, project), function_index(db, project));
    let mut found = Vec::new();
    for file in files {
        let all = &properties(db, file).properties;
        for (kind, key) in [
            (ResourceType::Model, "models"),
            (ResourceType::Seed, "seeds"),
            (ResourceType::Snapshot, "snapshots"),
            (ResourceType::Function, "functions"),
        ] {
            let index = if key == "functions" { functions } else { refs };
            let entries = section(all, kind).iter();
            let entries = entries.filter(|it| it.versions.is_empty() && it.relation.is_none());
            for name in entries.map(|entry| &entry.name.value) {
                if index.enabled.contains_key(name) || index.disabled.contains_key(name) {
                    continue;
                }
                let path = file.path(db);
                found.push((
                    "NoNodeForYamlKey",
                    format!("Did not find matching node for patch with name '{name}' in the '{key}' section of file '{path}'"),
                ));
            }
        }
        let macros = file
            .package(db)
            .and_then(|package| macro_index(db, project).packages.get(package.name(db)));
        for name in all.macros.iter().map(|entry| &entry.name.value) {
            if !macros.is_some_and(|macros| macros.contains_key(name)) {
                let text = format!("Found patch for macro \"{name}\" which was not found");
                found.push(("MacroNotFoundForPatch", text));
            }
        }
    }
    found
}

/// Where the name of a described node stands, for navigation.
pub fn patch_range(db: &dyn Database, key: PatchKey, kind: ResourceType) -> Option<SourceRange> {
    let properties = &properties(db, key.file).properties;
    let entry = section(properties, kind).get(key.entry as usize)?;
    match key
        .version
        .and_then(|version| entry.versions.get(version as usize))
    {
        Some(version) => Some(version.version_range),
        None => Some(entry.name.range),
    }
}

fn unversioned(file: SourceFile, entry: &NodeProperties) -> Patch {
    Patch {
        file,
        name: Arc::clone(&entry.name.value),
        version: None,
        latest_version: None,
        description: entry
            .description
            .as_ref()
            .map(|text| Arc::clone(&text.value))
            .unwrap_or_default(),
        columns: entry
            .columns
            .iter()
            .map(|column| column.column.clone())
            .collect(),
        config: (*entry.config.values).clone(),
        constraints: Arc::clone(&entry.constraints),
        access: access(&entry.config.values),
        deprecation_date: entry
            .deprecation_date
            .as_ref()
            .map(|date| Arc::clone(&date.value)),
        time_spine: entry.time_spine.clone(),
        function: Arc::new(FunctionDetail {
            returns: entry.returns.clone().unwrap_or_default(),
            arguments: entry.arguments.iter().cloned().collect(),
        }),
    }
}

fn versioned(file: SourceFile, entry: &NodeProperties, version: &VersionProperties) -> Patch {
    let mut patch = unversioned(file, entry);
    patch.version = Some(version.version.clone());
    patch.latest_version = entry.latest().cloned();
    if let Some(description) = &version.description {
        patch.description = Arc::clone(&description.value);
    }
    patch.columns = entry
        .columns_of(version)
        .map(|column| column.column.clone())
        .collect();
    config_merge::merge(
        ResourceType::Model,
        &mut patch.config,
        &version.config.values,
    );
    if !version.constraints.is_empty() {
        patch.constraints = Arc::clone(&version.constraints);
    }
    if version.access.is_some() {
        patch.access = version.access;
    }
    // Unlike the rest, a model's date is not inherited.
    patch.deprecation_date = version
        .deprecation_date
        .as_ref()
        .map(|date| Arc::clone(&date.value));
    patch
}

fn access(config: &JsonMap) -> Option<Access> {
    Access::from_name(config.get("access")?.as_str()?)
}
