//! How nodes are named in the lines of a run.

use std::collections::BTreeMap;

use project::node::{ResourceType, UniqueId};

use crate::{event::NodeLine, live::Session, node_run, outcome::Outcome};

/// How a node is named; ephemeral models are not. `place` is asked once for its number and the number of all.
pub(super) fn of(
    session: &Session,
    id: &UniqueId,
    place: impl FnOnce() -> (usize, usize),
) -> Option<NodeLine> {
    let project = &session.project;
    let manifest = &project.manifest;
    let (name, relation, materialized, path) = if let Some(node) = project.node(id) {
        if node.is_ephemeral() {
            return None;
        }
        (
            node.search_name(),
            format!("{}.{}", node.schema, node.alias),
            node.config.materialized().to_owned(),
            node.original_file_path.to_string(),
        )
    } else if let Some(test) = manifest.unit_tests.get(id) {
        (
            test.search_name(),
            format!("{}::{}", test.model, test.search_name()),
            String::new(),
            test.original_file_path.to_string(),
        )
    } else if let Some(source) = manifest.sources.get(id) {
        (
            source.name.to_string(),
            format!("{}.{}", source.source_name, source.name),
            String::new(),
            source.original_file_path.to_string(),
        )
    } else {
        let exposure = manifest.exposures.get(id);
        let exposure = exposure.map(|it| (&it.name, &it.original_file_path));
        let semantic = manifest.semantic.get(id);
        let semantic = semantic.map(|it| (&it.name, &it.original_file_path));
        let (name, path) = exposure.or(semantic)?;
        (
            name.to_string(),
            String::new(),
            String::new(),
            path.to_string(),
        )
    };
    let resource_type = id.resource_type()?;
    let (index, total) = place();
    let node = project.node(id);
    let is_batched = node.is_some_and(|node| node_run::batches_of(session, node).is_some());
    Some(NodeLine {
        is_batched,
        language: node.map(|node| node.language).unwrap_or_default(),
        unique_id: id.clone(),
        resource_type,
        name,
        relation,
        materialized,
        index,
        total,
        path,
    })
}

/// `2 incremental models, 18 seeds, 140 data tests`
pub(super) fn kinds(session: &Session, outcomes: &[Outcome]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in outcomes {
        let kind = match session.project.node(&outcome.unique_id) {
            Some(node) if node.resource_type() == ResourceType::Model => {
                format!("{} model", node.config.materialized())
            }
            Some(node) if node.resource_type() == ResourceType::Operation => {
                "project hook".to_owned()
            }
            Some(node) if node.resource_type() == ResourceType::Test => "data test".to_owned(),
            _ => outcome
                .unique_id
                .resource_type()
                .map_or("node", ResourceType::name)
                .replace('_', " "),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let parts = counts.iter().map(|(kind, count)| plural(*count, kind));
    parts.collect::<Vec<_>>().join(", ")
}

/// `1 model`, `2 models`, `2 analyses`, `2 saved queries`
pub fn plural(count: usize, word: &str) -> String {
    match (count, word) {
        (1, word) => format!("1 {word}"),
        (count, word) if word.ends_with("analysis") => {
            format!("{count} {}es", word.trim_end_matches("is"))
        }
        (count, word) if word.ends_with('s') => format!("{count} {word}es"),
        (count, word) => match word.strip_suffix("query") {
            Some(first) => format!("{count} {first}queries"),
            None => format!("{count} {word}s"),
        },
    }
}
