//! Microbatch models: whether they are built in batches, and what is wrong with them, in dbt's words.

use std::sync::Arc;

use project::{
    event_time::{Microbatch, event_time_of_input, is_microbatch},
    node::{Config, Node, UniqueId},
    project_file::ProjectFile,
};
use salsa::Database;

use crate::{
    Manifest,
    input::SourceFile,
    macros::macro_index,
    nodes::nodes_of,
    project_config::{project_file, root_package},
};

/// The macro that projects replace when they have batches of their own.
const STRATEGY_MACRO: &str = "get_incremental_microbatch_sql";

/// What is wrong with the batches of the models in a file. That takes no look at what they read.
pub fn microbatch_errors(db: &dyn Database, file: SourceFile) -> Vec<String> {
    let nodes = nodes_of(db, file);
    let errors: Vec<String> = nodes
        .iter()
        .filter_map(|node| Microbatch::of(node)?.err())
        .collect();
    let Some(package) = file.package(db).filter(|_| !errors.is_empty()) else {
        return Vec::new();
    };
    let project = package.project(db);
    let root = root_package(db, project).map(|root| project_file(db, root));
    let is_asked_for = asks_for_batches(root.as_ref().map(|root| &root.0));
    if is_asked_for || !macro_index(db, project).has_own(STRATEGY_MACRO) {
        errors
    } else {
        Vec::new()
    }
}

fn asks_for_batches(root: Option<&ProjectFile>) -> bool {
    let flag = "require_batched_execution_for_custom_microbatch_strategy";
    root.and_then(|file| file.flag(flag)) == Some(true)
}

impl Manifest {
    /// Whether microbatch models are built in batches: a project that has the strategy's macro itself must ask for it.
    pub fn builds_batches(&self) -> bool {
        let file = self.project_files.get(&self.project_name);
        asks_for_batches(file.map(|file| &**file)) || !self.macro_index.has_own(STRATEGY_MACRO)
    }

    /// What is wrong with microbatch models, each with its node.
    pub fn microbatch_errors(&self) -> Vec<(Arc<Node>, String)> {
        let mut errors = Vec::new();
        for node in self.microbatch_models() {
            let own = Microbatch::of(node).and_then(Result::err);
            let inputs = || {
                self.inputs(node)
                    .find_map(|(name, config)| event_time_of_input(&node.name, name, config).err())
            };
            errors.extend(
                own.or_else(inputs)
                    .map(|message| (Arc::clone(node), message)),
            );
        }
        errors
    }

    /// Microbatch models of whose inputs none says when its rows happened: each batch reads everything.
    pub fn unfiltered_microbatch_models(&self) -> Vec<&Arc<Node>> {
        let is_filtered = |node: &Arc<Node>| {
            let mut inputs = self.inputs(node);
            inputs.any(|(_, config)| config.text("event_time").is_some_and(|it| !it.is_empty()))
        };
        self.microbatch_models()
            .filter(|node| !is_filtered(node))
            .collect()
    }

    fn microbatch_models(&self) -> impl Iterator<Item = &Arc<Node>> {
        let builds_batches = self.builds_batches();
        self.nodes
            .values()
            .filter(move |node| builds_batches && is_microbatch(&node.config))
    }

    /// The names and configurations of what a node reads.
    fn inputs<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = (&'a str, &'a Config)> {
        node.depends_on.nodes.iter().filter_map(|id: &UniqueId| {
            let of_node = self.nodes.get(id).map(|it| (&*it.name, &it.config));
            of_node.or_else(|| self.sources.get(id).map(|it| (&*it.name, &it.config)))
        })
    }
}
