//! The DAG around one node, over what other files can see of each file: typing in a model's body does not come here.
//!
//! Nothing of this looks at a whole project after an edit; who needs all edges at once takes the manifest's graph.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use project::node::{Exposure, SourceArgs, UniqueId};
use salsa::Database;

use crate::{
    facts::{NodeFacts, node_facts},
    input::{Package, Project, SourceFile},
    others::resources_of,
    parts::{files_of_part, parts},
    project_config::root_name,
    resolve::{
        RefTarget, SourceTarget, defines_nodes, function_target, identities, ref_index, ref_target,
        source_names, source_target,
    },
    sources::sources_of,
};

/// What a node reads directly, sources included.
pub fn parents(db: &dyn Database, node: &RefTarget) -> BTreeSet<UniqueId> {
    node_facts(db, node.file)
        .get(node.slot as usize)
        .map(|facts| parents_by_facts(db, node.file, facts))
        .unwrap_or_default()
}

/// What reads a node directly.
pub fn children(db: &dyn Database, project: Project, node: &RefTarget) -> BTreeSet<UniqueId> {
    let readers = readers_of(db, project, node).into_iter();
    readers.map(|reader| reader.unique_id).collect()
}

/// What reads a node directly, with the places where these nodes are defined.
pub fn readers_of(db: &dyn Database, project: Project, node: &RefTarget) -> Vec<RefTarget> {
    let identity = identities(db, node.file).get(node.slot as usize);
    let Some(name) = identity.map(|identity| &identity.name) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for package in project.packages(db).iter().copied() {
        for part in parts(db, package) {
            // A name can mean another node in another package, or another version.
            for file in readers(db, package, part).get(name).into_iter().flatten() {
                let nodes = identities(db, *file)
                    .iter()
                    .zip(node_facts(db, *file).iter());
                let reading = nodes.enumerate().filter(|(_, (_, facts))| {
                    parents_by_facts(db, *file, facts).contains(&node.unique_id)
                });
                found.extend(reading.map(|(slot, (identity, _))| RefTarget {
                    unique_id: identity.unique_id.clone(),
                    file: *file,
                    slot: slot as u32,
                }));
            }
        }
    }
    found
}

/// The files that a node is read in directly, sorted by path.
pub fn reading_files(db: &dyn Database, project: Project, node: &RefTarget) -> Vec<SourceFile> {
    let Some(identity) = identities(db, node.file).get(node.slot as usize) else {
        return Vec::new();
    };
    let mut found = BTreeMap::new();
    for package in project.packages(db).iter().copied() {
        for part in parts(db, package) {
            let named = readers(db, package, part);
            for file in named.get(&identity.name).into_iter().flatten() {
                let facts = node_facts(db, *file);
                let reads = |facts: &NodeFacts| {
                    parents_by_facts(db, *file, facts).contains(&node.unique_id)
                };
                if facts.iter().any(reads) {
                    found.insert(file.path(db), *file);
                }
            }
        }
    }
    found.into_values().collect()
}

/// What reads a table of a source directly.
pub fn table_children(
    db: &dyn Database,
    project: Project,
    table: SourceTarget,
) -> BTreeSet<UniqueId> {
    let readers = table_readers_of(db, project, table).into_iter();
    readers.map(|reader| reader.unique_id).collect()
}

/// What reads a table of a source directly, with the places where these nodes are defined.
pub fn table_readers_of(
    db: &dyn Database,
    project: Project,
    table: SourceTarget,
) -> Vec<RefTarget> {
    let names = source_names(db, table.file);
    let Some(Some((source, name))) = names.get(table.slot as usize) else {
        return Vec::new();
    };
    let args = SourceArgs {
        source: Arc::clone(source),
        table: Arc::clone(name),
    };
    let mut found = Vec::new();
    for package in project.packages(db).iter().copied() {
        // The same names can mean the table of another package.
        if source_target(db, project, package.name(db), &args) != Some(table) {
            continue;
        }
        for part in parts(db, package) {
            let readers = table_readers(db, package, part);
            found.extend(readers.get(&args).into_iter().flatten().cloned());
        }
    }
    found
}

/// What an exposure shows.
pub fn exposure_parents(
    db: &dyn Database,
    project: Project,
    exposure: &Exposure,
) -> BTreeSet<UniqueId> {
    let package = &exposure.package_name;
    let of_refs = exposure.refs.iter().filter_map(|args| {
        let target = ref_target(db, project, package, args)?;
        Some(target.unique_id)
    });
    let of_sources = exposure.sources.iter().filter_map(|args| {
        let target = source_target(db, project, package, args)?;
        let source = sources_of(db, target.file).get(target.slot as usize)?;
        Some(source.unique_id.clone())
    });
    of_refs.chain(of_sources).collect()
}

/// All exposures that are not turned off, with the files that they are in.
pub fn exposures(
    db: &dyn Database,
    project: Project,
) -> impl Iterator<Item = (SourceFile, Arc<Exposure>)> {
    let packages = project.packages(db).iter().copied();
    let parts = packages.flat_map(|package| parts(db, package).map(move |part| (package, part)));
    parts.flat_map(|(package, part)| exposures_of_part(db, package, part).to_vec())
}

#[salsa::tracked]
fn exposures_of_part(
    db: &dyn Database,
    package: Package,
    part: u32,
) -> Arc<[(SourceFile, Arc<Exposure>)]> {
    let files = files_of_part(db, package, part).iter().copied();
    let exposures = files.flat_map(|file| {
        let exposures = resources_of(db, file).exposures.iter();
        let enabled = exposures.filter(|it| it.config.enabled());
        enabled.map(move |it| (file, Arc::clone(it)))
    });
    exposures.collect()
}

/// Looks at every file once, so that nobody who asks for `children` has to wait for it.
pub fn prepare(db: &dyn Database, project: Project) {
    for package in project.packages(db).iter().copied() {
        for part in parts(db, package) {
            readers(db, package, part);
            table_readers(db, package, part);
        }
    }
}

/// The files of a part of a package, by the names in their `ref` and `function` calls, whatever these mean.
#[salsa::tracked]
fn readers(
    db: &dyn Database,
    package: Package,
    part: u32,
) -> Arc<BTreeMap<Arc<str>, Vec<SourceFile>>> {
    let mut readers: BTreeMap<Arc<str>, Vec<SourceFile>> = BTreeMap::new();
    let files = files_of_part(db, package, part).iter().copied();
    for file in files.filter(|file| file.kind(db).is_some_and(defines_nodes)) {
        let refs = node_facts(db, file)
            .iter()
            .flat_map(|facts| facts.refs.iter().chain(facts.functions.iter()));
        for name in refs.map(|args| &args.name).collect::<BTreeSet<_>>() {
            readers.entry(Arc::clone(name)).or_default().push(file);
        }
    }
    Arc::new(readers)
}

/// The nodes of a part of a package, by the `source` calls in them.
#[salsa::tracked]
fn table_readers(
    db: &dyn Database,
    package: Package,
    part: u32,
) -> Arc<BTreeMap<SourceArgs, Vec<RefTarget>>> {
    let mut readers: BTreeMap<SourceArgs, Vec<RefTarget>> = BTreeMap::new();
    let files = files_of_part(db, package, part).iter().copied();
    for file in files.filter(|file| file.kind(db).is_some_and(defines_nodes)) {
        let nodes = identities(db, file).iter().zip(node_facts(db, file).iter());
        for (slot, (identity, facts)) in nodes.enumerate() {
            for args in facts.sources.iter() {
                let reading = readers.entry(args.clone()).or_default();
                reading.push(RefTarget {
                    unique_id: identity.unique_id.clone(),
                    file,
                    slot: slot as u32,
                });
            }
        }
    }
    Arc::new(readers)
}

fn parents_by_facts(db: &dyn Database, file: SourceFile, facts: &NodeFacts) -> BTreeSet<UniqueId> {
    let Some(package) = file.package(db) else {
        return BTreeSet::new();
    };
    let (project, package_name) = (package.project(db), package.name(db));
    let refs = ref_index(db, project);
    let root = root_name(db, project);
    let of_refs = facts.refs.iter().filter_map(|args| {
        let target = refs.target(&root, package_name, args)?;
        Some(target.unique_id.clone())
    });
    let of_sources = facts.sources.iter().filter_map(|args| {
        let target = source_target(db, project, package_name, args)?;
        let source = sources_of(db, target.file).get(target.slot as usize)?;
        Some(source.unique_id.clone())
    });
    let of_functions = facts.functions.iter().filter_map(|args| {
        let target = function_target(db, project, package_name, args)?;
        Some(target.unique_id)
    });
    of_refs.chain(of_sources).chain(of_functions).collect()
}
