//! The DAG as a query over what other files can see of each file: typing in a model's body does not come here.

use std::{collections::BTreeSet, sync::Arc};

use project::node::{ResourceType, UniqueId};
use salsa::Database;

use crate::{
    facts::node_facts,
    graph::Graph,
    input::{Project, SourceFile},
    project_config::root_name,
    resolve::{defines_nodes, identities, ref_index, source_target},
    source::files_of,
    sources::sources_of,
};

/// The nodes of a file with what each of them reads, sources included. Only the file that is edited is resolved again.
#[salsa::tracked]
pub fn parents_of(db: &dyn Database, file: SourceFile) -> Arc<[(UniqueId, Arc<[UniqueId]>)]> {
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let (project, package_name) = (package.project(db), package.name(db));
    let refs = ref_index(db, project);
    let root = root_name(db, project);
    let facts = node_facts(db, file);
    let nodes = identities(db, file).iter().zip(facts.iter());
    nodes
        .map(|(identity, facts)| {
            let of_refs = facts.refs.iter().filter_map(|args| {
                let target = refs.resolve(&root, package_name, args).ok()?;
                Some(target.unique_id)
            });
            let of_sources = facts.sources.iter().filter_map(|args| {
                let target = source_target(db, project, package_name, args)?;
                let source = sources_of(db, target.file).get(target.slot as usize)?;
                Some(source.unique_id.clone())
            });
            (
                identity.unique_id.clone(),
                of_refs.chain(of_sources).collect(),
            )
        })
        .collect()
}

/// Models, seeds, snapshots, singular tests and analyses of a project with what they read.
#[salsa::tracked]
pub fn graph(db: &dyn Database, project: Project) -> Arc<Graph> {
    let packages = project.packages(db).iter().copied();
    let files = packages.flat_map(|package| files_of(db, package, defines_nodes));
    let nodes: Vec<&(UniqueId, Arc<[UniqueId]>)> =
        files.flat_map(|file| parents_of(db, file).iter()).collect();
    let mut all: Vec<(UniqueId, &[UniqueId])> = nodes
        .iter()
        .map(|(id, parents)| (id.clone(), &**parents))
        .collect();
    let read: BTreeSet<&UniqueId> = nodes
        .iter()
        .flat_map(|(_, parents)| parents.iter())
        .filter(|id| id.resource_type() == Some(ResourceType::Source))
        .collect();
    all.extend(read.into_iter().map(|id| (id.clone(), &[][..])));
    Arc::new(Graph::new(&all))
}
