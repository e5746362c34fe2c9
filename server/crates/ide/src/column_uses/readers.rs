//! Which nodes read which, by what other files see of each file.

use std::collections::{BTreeMap, BTreeSet};

use analysis::{
    Project,
    facts::node_facts,
    resolve::{SourceTarget, source_target},
};
use project::{files::FileKind, node::UniqueId};

use crate::{
    references::files,
    symbol::node_of,
    world::{Here, World},
};

/// Which nodes each node is read by: all of a project's, gathered once.
pub(super) struct Readers {
    by_node: BTreeMap<UniqueId, Vec<(Here, u32)>>,
}

impl Readers {
    pub(super) fn new(world: World<'_>, project: Project) -> Self {
        let mut by_node: BTreeMap<UniqueId, Vec<(Here, u32)>> = BTreeMap::new();
        for there in files(world, project).filter(|it| reads(it.kind(world))) {
            for (slot, facts) in node_facts(world.db, there.file).iter().enumerate() {
                let read = facts
                    .refs
                    .iter()
                    .filter_map(|args| node_of(world, &there, args));
                let read: BTreeSet<UniqueId> = read.map(|it| it.unique_id).collect();
                for id in read {
                    by_node.entry(id).or_default().push((there, slot as u32));
                }
            }
        }
        Self { by_node }
    }

    pub(super) fn of(&self, id: &UniqueId) -> Vec<(Here, u32)> {
        self.by_node.get(id).cloned().unwrap_or_default()
    }
}

/// What reads a table of a source.
pub(super) fn readers_of_table(
    world: World<'_>,
    project: Project,
    table: SourceTarget,
) -> Vec<(Here, u32)> {
    let mut found = Vec::new();
    for there in files(world, project).filter(|it| reads(it.kind(world))) {
        for (slot, facts) in node_facts(world.db, there.file).iter().enumerate() {
            let package = there.package_name(world);
            let is_read = facts
                .sources
                .iter()
                .any(|args| source_target(world.db, project, package, args) == Some(table));
            if is_read {
                found.push((there, slot as u32));
            }
        }
    }
    found
}

fn reads(kind: Option<FileKind>) -> bool {
    matches!(
        kind,
        Some(
            FileKind::Model
                | FileKind::Snapshot
                | FileKind::Analysis
                | FileKind::SingularTest
                | FileKind::Function
        )
    )
}
