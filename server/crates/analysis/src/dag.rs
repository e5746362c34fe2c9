//! The DAG as a query over what other files can see of each file: typing in a model's body does not come here.

use std::sync::Arc;

use project::node::UniqueId;
use salsa::Database;

use crate::{
    facts::node_facts,
    graph::Graph,
    input::Project,
    project_config::root_name,
    resolve::{defines_nodes, identities, ref_index, source_target},
    source::files_of,
    sources::sources_of,
};

/// Models, seeds, snapshots, singular tests and analyses of a project with what they read.
#[salsa::tracked]
pub fn graph(db: &dyn Database, project: Project) -> Arc<Graph> {
    let refs = ref_index(db, project);
    let root = root_name(db, project);
    let mut nodes: Vec<(UniqueId, Vec<UniqueId>)> = Vec::new();
    for package in project.packages(db).iter().copied() {
        let package_name = package.name(db);
        for file in files_of(db, package, defines_nodes) {
            let facts = node_facts(db, file);
            for (identity, facts) in identities(db, file).iter().zip(facts.iter()) {
                let mut parents: Vec<UniqueId> = facts
                    .refs
                    .iter()
                    .filter_map(|args| refs.resolve(&root, package_name, args).ok())
                    .map(|target| target.unique_id)
                    .collect();
                for args in facts.sources.iter() {
                    if let Some(target) = source_target(db, project, package_name, args)
                        && let Some(source) = sources_of(db, target.file).get(target.slot as usize)
                    {
                        nodes.push((source.unique_id.clone(), Vec::new()));
                        parents.push(source.unique_id.clone());
                    }
                }
                nodes.push((identity.unique_id.clone(), parents));
            }
        }
    }
    let parents_of: Vec<(UniqueId, &[UniqueId])> = nodes
        .iter()
        .map(|(id, parents)| (id.clone(), parents.as_slice()))
        .collect();
    Arc::new(Graph::new(&parents_of))
}
