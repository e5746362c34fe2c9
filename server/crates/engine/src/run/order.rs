//! In what order a command's nodes run.

use std::collections::{BTreeMap, BTreeSet};

use project::node::{ResourceType, UniqueId};

use super::Task;
use crate::{
    live::Session,
    plan::{Plan, TestGate},
};

/// The jobs of `task` over `selected`, in the order of the graph where the task knows one.
pub(super) fn plan(session: &Session, task: Task, selected: &BTreeSet<UniqueId>) -> Plan {
    if !task.is_ordered() {
        return Plan::independent(selected);
    }
    let graph = &session.project.manifest.graph;
    let parents_of: BTreeMap<UniqueId, Vec<UniqueId>> = graph
        .ids()
        .iter()
        .map(|id| (id.clone(), graph.parents(id).into_iter().cloned().collect()))
        .collect();
    let parents_of = if task == Task::Build {
        with_unit_tests_first(session, parents_of, selected)
    } else {
        parents_of
    };
    let gates = if task == Task::Build {
        gates(session, selected)
    } else {
        Vec::new()
    };
    Plan::new(&parents_of, selected, &gates)
}

/// A unit test needs what its model reads, and the model waits for it.
fn with_unit_tests_first(
    session: &Session,
    mut parents_of: BTreeMap<UniqueId, Vec<UniqueId>>,
    selected: &BTreeSet<UniqueId>,
) -> BTreeMap<UniqueId, Vec<UniqueId>> {
    for (id, test) in &session.project.manifest.unit_tests {
        let models: Vec<UniqueId> = test.depends_on.nodes.to_vec();
        let mut upstream = Vec::new();
        for model in &models {
            upstream.extend(
                parents_of
                    .get(model)
                    .into_iter()
                    .flatten()
                    .filter(|it| !it.as_str().starts_with("unit_test."))
                    .cloned(),
            );
        }
        parents_of.insert(id.clone(), upstream);
        if selected.contains(id) {
            for model in models {
                parents_of.entry(model).or_default().push(id.clone());
            }
        }
    }
    parents_of
}

fn gates(session: &Session, selected: &BTreeSet<UniqueId>) -> Vec<TestGate> {
    let nodes = selected.iter().filter_map(|id| session.project.node(id));
    let tests = nodes.filter(|node| node.resource_type() == ResourceType::Test);
    tests
        .map(|node| TestGate {
            id: node.unique_id.clone(),
            parents: node.depends_on.nodes.to_vec(),
        })
        .collect()
}
