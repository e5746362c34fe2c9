//! A manifest as bytes, in sections that are written and read side by side.
//!
//! What holds templates (macros) or what is read anyway (project files, profile) is not in it, but asked of a database.

use std::{collections::BTreeMap, sync::Arc};

use base::{FileId, SourceRange};
use project::node::{
    DocBlock, Exposure, Group, MacroNode, Node, SemanticNode, Source, UniqueId, UnitTest,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::checked;
use crate::{
    Graph, Manifest, Place, Project, RootDatabase, SourceFile,
    macros::{all_macros, files_by_id, macro_index},
    project_config::{project_file, root_name, vars},
    resolve::{RefIndex, RefTarget, defines_nodes},
    target::{defaults, target},
};

/// Nodes in a section.
const NODES: usize = 1024;

/// All but the nodes.
#[derive(Serialize, Deserialize)]
struct Rest {
    sources: Vec<Arc<Source>>,
    exposures: Vec<Arc<Exposure>>,
    groups: Vec<Arc<Group>>,
    unit_tests: Vec<Arc<UnitTest>>,
    semantic: Vec<Arc<SemanticNode>>,
    macros: Vec<Arc<MacroNode>>,
    docs: Vec<Arc<DocBlock>>,
    disabled: BTreeMap<UniqueId, Vec<Arc<Node>>>,
    idle_tests: Vec<Arc<Node>>,
    disabled_sources: BTreeMap<UniqueId, Vec<Arc<Source>>>,
    disabled_unit_tests: BTreeMap<UniqueId, Vec<Arc<UnitTest>>>,
    disabled_exposures: BTreeMap<UniqueId, Vec<Arc<Exposure>>>,
    disabled_semantic: BTreeMap<UniqueId, Vec<Arc<SemanticNode>>>,
}

#[derive(Serialize, Deserialize)]
struct Names {
    places: Vec<(UniqueId, u32, SourceRange)>,
    /// Name, package, target.
    enabled: Vec<(Arc<str>, Arc<str>, Target)>,
    disabled: Vec<(Arc<str>, Target)>,
    duplicates: Vec<(Target, Target)>,
}

/// Id, number of the file, place in it.
type Target = (UniqueId, u32, u32);

/// The sections of a manifest; `None` if one cannot be written, which has no known cause.
pub(super) fn encoded(db: &RootDatabase, manifest: &Manifest) -> Option<Vec<Vec<u8>>> {
    let rest = Rest {
        sources: values(&manifest.sources),
        exposures: values(&manifest.exposures),
        groups: values(&manifest.groups),
        unit_tests: values(&manifest.unit_tests),
        semantic: values(&manifest.semantic),
        macros: values(&manifest.macros),
        docs: values(&manifest.docs),
        disabled: manifest.disabled.clone(),
        idle_tests: values(&manifest.idle_tests),
        disabled_sources: manifest.disabled_sources.clone(),
        disabled_unit_tests: manifest.disabled_unit_tests.clone(),
        disabled_exposures: manifest.disabled_exposures.clone(),
        disabled_semantic: manifest.disabled_semantic.clone(),
    };
    let nodes = values(&manifest.nodes);
    let of_nodes = nodes.par_chunks(NODES).map(postcard::to_stdvec);
    let mut sections = vec![
        postcard::to_stdvec(&rest).ok()?,
        postcard::to_stdvec(&names(db, manifest)).ok()?,
    ];
    sections.extend(of_nodes.collect::<Result<Vec<_>, _>>().ok()?);
    Some(sections)
}

fn values<T>(map: &BTreeMap<UniqueId, Arc<T>>) -> Vec<Arc<T>> {
    map.values().cloned().collect()
}

fn names(db: &RootDatabase, manifest: &Manifest) -> Names {
    let saved = |target: &RefTarget| -> Target {
        (target.unique_id.clone(), target.file.id(db).0, target.slot)
    };
    let RefIndex {
        enabled,
        disabled,
        duplicates,
    } = &*manifest.refs;
    let by_package = enabled.iter().flat_map(|(name, by_package)| {
        by_package
            .iter()
            .map(move |(package, target)| (name, package, target))
    });
    Names {
        places: manifest
            .places
            .iter()
            .map(|(id, place)| (id.clone(), place.file.0, place.range))
            .collect(),
        enabled: by_package
            .map(|(name, package, target)| (Arc::clone(name), Arc::clone(package), saved(target)))
            .collect(),
        disabled: disabled
            .iter()
            .map(|(name, target)| (Arc::clone(name), saved(target)))
            .collect(),
        duplicates: duplicates
            .iter()
            .map(|(second, first)| (saved(second), saved(first)))
            .collect(),
    }
}

/// The manifest of a project of which `db` knows macros and settings.
pub(super) fn decoded(
    db: &RootDatabase,
    project: Project,
    sections: &[(u64, &[u8])],
) -> Option<Manifest> {
    let [rest, names, of_nodes @ ..] = sections else {
        return None;
    };
    let (nodes, (rest, names)) = rayon::join(
        || {
            let nodes = of_nodes.par_iter().map(checked::<Vec<Arc<Node>>>);
            nodes.collect::<Option<Vec<_>>>()
        },
        || (checked::<Rest>(rest), checked::<Names>(names)),
    );
    let (rest, names) = (rest?, names?);
    let mut manifest = Manifest {
        project_name: root_name(db, project),
        profile: Some(target(db, project).as_ref().as_ref().ok()?.clone()),
        nodes: by_id(nodes?.into_iter().flatten(), |it| &it.unique_id),
        sources: by_id(rest.sources, |it| &it.unique_id),
        exposures: by_id(rest.exposures, |it| &it.unique_id),
        groups: by_id(rest.groups, |it| &it.unique_id),
        unit_tests: by_id(rest.unit_tests, |it| &it.unique_id),
        semantic: by_id(rest.semantic, |it| &it.unique_id),
        macros: by_id(rest.macros, |it| &it.unique_id),
        docs: by_id(rest.docs, |it| &it.unique_id),
        disabled: rest.disabled,
        idle_tests: by_id(rest.idle_tests, |it| &it.unique_id),
        disabled_sources: rest.disabled_sources,
        disabled_unit_tests: rest.disabled_unit_tests,
        disabled_exposures: rest.disabled_exposures,
        disabled_semantic: rest.disabled_semantic,
        graph: Graph::default(),
        duplicates: Vec::new(),
        places: BTreeMap::new(),
        macro_index: Arc::clone(macro_index(db, project)),
        macro_definitions: Arc::clone(all_macros(db, project)),
        refs: Arc::new(ref_index(db, project, &names)?),
        source_ids: BTreeMap::new(),
        project_files: BTreeMap::new(),
        package_roots: BTreeMap::new(),
        vars: BTreeMap::new(),
        policy: defaults(db, project).policy,
    };
    manifest.places = names
        .places
        .into_iter()
        .map(|(id, file, range)| {
            let file = FileId(file);
            (id, Place { file, range })
        })
        .collect();
    for package in project.packages(db).iter().copied() {
        let name = package.name(db);
        let file = Arc::new(project_file(db, package).0.clone());
        manifest.project_files.insert(Arc::clone(name), file);
        manifest
            .package_roots
            .insert(Arc::clone(name), Arc::clone(package.root(db)));
        manifest
            .vars
            .insert(Arc::clone(name), Arc::clone(vars(db, package)));
    }
    manifest.link();
    Some(manifest)
}

fn by_id<T>(
    values: impl IntoIterator<Item = Arc<T>>,
    id: impl Fn(&T) -> &UniqueId,
) -> BTreeMap<UniqueId, Arc<T>> {
    values
        .into_iter()
        .map(|value| (id(&value).clone(), value))
        .collect()
}

fn ref_index(db: &RootDatabase, project: Project, names: &Names) -> Option<RefIndex> {
    let files = files_by_id(db, project);
    let restored = |(unique_id, file, slot): &Target| -> Option<RefTarget> {
        let defines = |file: &&SourceFile| file.kind(db).is_some_and(defines_nodes);
        Some(RefTarget {
            unique_id: unique_id.clone(),
            file: *files.get(&FileId(*file))?.iter().find(defines)?,
            slot: *slot,
        })
    };
    let mut index = RefIndex::default();
    for (name, package, target) in &names.enabled {
        let by_package = index.enabled.entry(Arc::clone(name)).or_default();
        by_package.insert(Arc::clone(package), restored(target)?);
    }
    for (name, target) in &names.disabled {
        index.disabled.insert(Arc::clone(name), restored(target)?);
    }
    for (second, first) in &names.duplicates {
        index.duplicates.push((restored(second)?, restored(first)?));
    }
    Some(index)
}
