//! Columns that are known to be all there are: what a name that is among none of them can be called wrong for.
//!
//! The columns of a source are those that somebody wrote down, seldom all; they are good for completion, but whatever
//! comes from a source by a `*` is not known here, unless the warehouse was asked. Elsewhere these are the columns of
//! `column_catalog`.

use std::sync::Arc;

use project::{
    files::FileKind,
    node::{Node, SourceArgs},
};
use salsa::Database;
use sql::{Catalog, CatalogColumn, Columns, RelationName, output_columns};

use crate::{
    columns::{Upstream, UpstreamCatalog, column_catalog, output, sql_tree},
    facts::node_facts,
    host::OWN_RELATION,
    input::SourceFile,
    nodes::nodes_of,
    rendered::RenderedSql,
    resolve::resolve_source,
    warehouse_catalog::{is_told_by_sql, node_columns, source_columns},
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
    if file.kind(db) == Some(FileKind::Snapshot) && node_columns(db, file, slot).is_none() {
        return None;
    }
    if file.kind(db) != Some(FileKind::Model) || !is_told_by_sql(db, file) {
        return Some(columns);
    }
    if !output(db, file, slot).complete {
        // They are the warehouse's, of an SQL that may have been another one.
        return None;
    }
    if !is_as_written(nodes_of(db, file).get(slot as usize)?) {
        return None;
    }
    let upstream = WholeCatalog::new(db, file);
    if upstream.is_all_known() {
        return Some(columns);
    }
    // It may name what it takes from a source.
    output_columns(&sql_tree(db, file, slot)?, &upstream).to_catalog()
}

/// Whether the relation has the columns of the query: somebody's own materialization may add some, and so may a hook.
fn is_as_written(node: &Node) -> bool {
    let is_known = matches!(
        node.config.materialized(),
        "table" | "view" | "incremental" | "ephemeral" | "materialized_view"
    );
    let may_alter = |sql: &str| sql.contains("{{") || sql.to_ascii_lowercase().contains("alter");
    let mut hooks = node.config.pre_hooks();
    hooks.extend(node.config.post_hooks());
    is_known && !hooks.iter().any(|hook| may_alter(&hook.sql))
}

/// What a model's SQL yields, with places in the rendered text; nothing where `whole_columns` does not know it.
pub fn whole_output(db: &dyn Database, file: SourceFile, slot: u32) -> Columns {
    let tree = || sql_tree(db, file, slot).filter(|tree| tree.errors.is_empty());
    match whole_columns(db, file, slot).as_ref().and_then(|_| tree()) {
        Some(tree) => output_columns(&tree, &WholeCatalog::new(db, file)),
        None => Columns::default(),
    }
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
        let mut sources = node_facts(self.db, self.file)
            .iter()
            .flat_map(|facts| facts.sources.iter());
        sources.all(|args| self.of_source(args).is_some())
            && self.upstream.nodes().all(|target| {
                whole_columns(self.db, target.file, target.slot).is_some()
                    || column_catalog(self.db, target.file, target.slot).is_none()
            })
    }

    /// Those that the warehouse has, if it was asked.
    fn of_source(&self, args: &SourceArgs) -> Option<Arc<[CatalogColumn]>> {
        let package = self.file.package(self.db)?;
        let project = package.project(self.db);
        let source = resolve_source(self.db, project, package.name(self.db), args)?;
        project
            .catalog(self.db)
            .columns(source.unique_id.as_str())?;
        Some(source_columns(self.db, project, &source)?.columns)
    }
}

impl Catalog for WholeCatalog<'_> {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        match self.upstream.upstream(relation)? {
            Upstream::Node(target) => whole_columns(self.db, target.file, target.slot).clone(),
            Upstream::Source(args) => self.of_source(args),
        }
    }
}
