//! graph_summary.json: the graph by numbers, for tools that look at its shape.

use std::collections::BTreeMap;

use analysis::Manifest;
use project::node::{ResourceType, UniqueId};
use serde_json::{Map, Value};

use crate::plan::{TestGate, test_edges};

/// The whole file; a build tells the edges from tests to what waits for them, too.
pub(super) fn graph_summary(manifest: &Manifest, invocation_id: &str, is_build: bool) -> Value {
    let graph = &manifest.graph;
    let mut children: BTreeMap<&UniqueId, Vec<&UniqueId>> = graph
        .ids()
        .iter()
        .map(|id| (id, graph.children(id)))
        .collect();
    let mut summary = Map::new();
    summary.insert("_invocation_id".to_owned(), invocation_id.into());
    summary.insert("linked".to_owned(), numbered(&children));
    if is_build {
        let parents_of = graph
            .ids()
            .iter()
            .map(|id| (id.clone(), graph.parents(id).into_iter().cloned().collect()))
            .collect();
        let tests = manifest.nodes.values();
        let tests = tests.filter(|node| node.resource_type() == ResourceType::Test);
        let gates: Vec<TestGate> = tests
            .map(|node| TestGate {
                id: node.unique_id.clone(),
                parents: node.depends_on.nodes.to_vec(),
            })
            .collect();
        let edges = test_edges(&parents_of, &gates);
        for (test, child) in &edges {
            if let Some(children) = children.get_mut(test) {
                children.push(child);
            }
        }
        summary.insert("with_test_edges".to_owned(), numbered(&children));
    }
    Value::Object(summary)
}

fn numbered(children: &BTreeMap<&UniqueId, Vec<&UniqueId>>) -> Value {
    let numbers: BTreeMap<&UniqueId, usize> = children
        .keys()
        .enumerate()
        .map(|(number, id)| (*id, number))
        .collect();
    let entries = children.iter().enumerate().map(|(number, (id, below))| {
        let kind = id.resource_type().map(ResourceType::name);
        let mut entry = Map::new();
        entry.insert("name".to_owned(), id.as_str().into());
        entry.insert("type".to_owned(), kind.into());
        if !below.is_empty() {
            let below = below.iter().filter_map(|id| numbers.get(id));
            entry.insert("succ".to_owned(), below.copied().collect());
        }
        (number.to_string(), Value::Object(entry))
    });
    Value::Object(entries.collect::<Map<_, _>>())
}
