//! The tags that a project's nodes and sources have, for completion.

use std::{collections::BTreeSet, sync::Arc};

use salsa::Database;

use crate::{
    input::{PackageKind, Project},
    nodes::nodes_of,
    sources::sources_of,
};

/// Each once.
#[salsa::tracked]
pub fn tags(db: &dyn Database, project: Project) -> Arc<BTreeSet<Arc<str>>> {
    let mut found = BTreeSet::new();
    for package in project.packages(db).iter() {
        if package.kind(db) == PackageKind::Builtin {
            continue;
        }
        for file in package.files(db).iter() {
            for node in nodes_of(db, *file).iter() {
                found.extend(node.tags.iter().cloned());
            }
            for source in sources_of(db, *file).iter() {
                found.extend(source.tags.iter().cloned());
            }
        }
    }
    Arc::new(found)
}
