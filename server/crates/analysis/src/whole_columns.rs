//! Columns that are known to be all there are: what a name that is among none of them can be called wrong for.
//!
//! The columns of a source are those that somebody wrote down, seldom all; they are good for completion, but whatever
//! comes from a source by a `*` is not known here. Elsewhere these are the columns of `column_catalog`.

use std::sync::Arc;

use project::files::FileKind;
use salsa::Database;
use sql::{Catalog, CatalogColumn, RelationName, output_columns};

use crate::{
    columns::{Upstream, UpstreamCatalog, column_catalog, sql_tree},
    facts::node_facts,
    host::OWN_RELATION,
    input::SourceFile,
    rendered::RenderedSql,
};

/// Whether a node's SQL, rendered without a warehouse, is what would be run, the first time at least.
pub fn is_of_first_run(part: &RenderedSql) -> bool {
    part.taints.iter().all(|taint| taint == OWN_RELATION)
}

/// All columns of a node; `None` where there may be others.
#[salsa::tracked(cycle_result = unknown)]
pub fn whole_columns(
    db: &dyn Database,
    file: SourceFile,
    slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    let columns = column_catalog(db, file, slot).clone()?;
    if file.kind(db) != Some(FileKind::Model) {
        return Some(columns);
    }
    let upstream = WholeCatalog::new(db, file);
    if upstream.is_all_known() {
        return Some(columns);
    }
    // It may name what it takes from a source.
    output_columns(&sql_tree(db, file, slot)?, &upstream).to_catalog()
}

fn unknown(
    _db: &dyn Database,
    _id: salsa::Id,
    _file: SourceFile,
    _slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    None
}

/// Knows all columns of what one file reads, or none.
pub struct WholeCatalog<'db> {
    db: &'db dyn Database,
    file: SourceFile,
    upstream: UpstreamCatalog<'db>,
}

impl<'db> WholeCatalog<'db> {
    /// For the nodes of `file`.
    #[must_use]
    pub fn new(db: &'db dyn Database, file: SourceFile) -> Self {
        Self {
            db,
            file,
            upstream: UpstreamCatalog::new(db, file),
        }
    }

    /// Whether nothing that is read has other columns than those that are known.
    fn is_all_known(&self) -> bool {
        let reads_sources = node_facts(self.db, self.file)
            .iter()
            .any(|facts| !facts.sources.is_empty());
        !reads_sources
            && self.upstream.nodes().all(|target| {
                whole_columns(self.db, target.file, target.slot).is_some()
                    || column_catalog(self.db, target.file, target.slot).is_none()
            })
    }
}

impl Catalog for WholeCatalog<'_> {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        match self.upstream.upstream(relation)? {
            Upstream::Node(target) => whole_columns(self.db, target.file, target.slot).clone(),
            Upstream::Source(_) => None,
        }
    }
}
