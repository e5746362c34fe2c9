//! What a manifest gets once all files are in it: tests that cannot run set apart, primary keys, the graph.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use project::node::{
    Config, DocBlock, Node, NodeDetail, RefArgs, ResourceType, SourceArgs, UniqueId,
};

use super::Manifest;
use crate::{graph::Graph, resolve::RefError};

impl Manifest {
    /// A test that reads something that is turned off, or that does not exist, is turned off with it, but stays among the
    /// nodes.
    pub(super) fn set_idle_tests_apart(&mut self) {
        let sources: BTreeSet<(&str, &str)> = self
            .sources
            .values()
            .map(|source| (&*source.source_name, &*source.name))
            .collect();
        let idle: Vec<Arc<Node>> = self
            .nodes
            .values()
            .filter(|node| {
                node.resource_type() == ResourceType::Test && self.reads_nothing(node, &sources)
            })
            .cloned()
            .collect();
        for mut node in idle {
            self.nodes.remove(&node.unique_id);
            let mut config = (**node.config.explicit()).clone();
            config.insert("enabled".to_owned(), false.into());
            Arc::make_mut(&mut node).config = Config::new(ResourceType::Test, config);
            self.idle_tests.insert(node.unique_id.clone(), node);
        }
    }

    fn reads_nothing(&self, node: &Node, sources: &BTreeSet<(&str, &str)>) -> bool {
        let is_missing = |args: &RefArgs| {
            matches!(
                self.refs.find(&self.project_name, &node.package_name, args),
                Err(RefError::Disabled | RefError::NotFound { .. })
            )
        };
        let is_source_missing =
            |args: &SourceArgs| !sources.contains(&(&*args.source, &*args.table));
        node.refs.iter().any(is_missing) || node.sources.iter().any(is_source_missing)
    }

    /// From the tests of each model, those that are turned off too.
    pub(super) fn guess_primary_keys(&mut self) {
        let mut tests: BTreeMap<UniqueId, Vec<Arc<Node>>> = BTreeMap::new();
        let of_disabled = self.disabled.values().flatten();
        for test in self
            .nodes
            .values()
            .chain(self.idle_tests.values())
            .chain(of_disabled)
        {
            if let Some(attached) = test
                .generic_test()
                .and_then(|detail| detail.attached_node.as_ref())
            {
                tests
                    .entry(attached.clone())
                    .or_default()
                    .push(Arc::clone(test));
            }
        }
        for node in self.nodes.values_mut() {
            let of_node = tests.get(&node.unique_id).map_or(&[][..], Vec::as_slice);
            let key = node.inferred_primary_key(of_node.iter().map(|test| &**test));
            if key.is_empty() {
                continue;
            }
            if let NodeDetail::Model(detail) = &mut Arc::make_mut(node).detail {
                Arc::make_mut(detail).primary_key = key;
            }
        }
    }

    /// The page that documentation opens with, where the project has none of its own.
    pub(super) fn add_overview(&mut self) {
        let unique_id = UniqueId::from("doc.dbt.__overview__");
        let overview = DocBlock {
            unique_id: unique_id.clone(),
            name: "__overview__".into(),
            package_name: "dbt".into(),
            path: "overview.md".into(),
            original_file_path: "docs/overview.md".into(),
            block_contents: include_str!("../overview.md").trim().into(),
        };
        self.docs.entry(unique_id).or_insert(Arc::new(overview));
    }

    pub(super) fn name_sources(&mut self) {
        for source in self.sources.values() {
            let key = (Arc::clone(&source.source_name), Arc::clone(&source.name));
            self.source_ids
                .entry(key)
                .or_default()
                .insert(Arc::clone(&source.package_name), source.unique_id.clone());
        }
    }

    pub(super) fn linked(&self) -> Graph {
        let of_nodes = self
            .nodes
            .values()
            .chain(self.idle_tests.values())
            .map(|node| (node.unique_id.clone(), &*node.depends_on.nodes));
        let of_sources = self.sources.keys().map(|id| (id.clone(), &[][..]));
        let of_exposures = self
            .exposures
            .values()
            .map(|exposure| (exposure.unique_id.clone(), &*exposure.depends_on.nodes));
        let of_unit_tests = self
            .unit_tests
            .values()
            .map(|test| (test.unique_id.clone(), &*test.depends_on.nodes));
        let of_semantic = self
            .semantic
            .values()
            .map(|node| (node.unique_id.clone(), &*node.depends_on.nodes));
        let all: Vec<_> = of_nodes
            .chain(of_semantic)
            .chain(of_sources)
            .chain(of_exposures)
            .chain(of_unit_tests)
            .collect();
        Graph::new(&all)
    }
}
