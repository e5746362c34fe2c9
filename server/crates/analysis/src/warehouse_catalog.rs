//! The columns that a warehouse has, as a `catalog.json` says: those of sources and of whatever else no SQL tells.
//!
//! A catalog is as old as its reading. What is known through it alone can be wrong by now, which is why
//! `relies_on_catalog` tells where it had a say.

use std::{collections::BTreeMap, sync::Arc};

use project::{
    files::FileKind,
    node::{Source, SourceArgs, UniqueId},
};
use salsa::Database;
use serde::Deserialize;
use sql::{CatalogColumn, Type};

use crate::{
    columns::{Upstream, UpstreamCatalog, declared},
    input::{Project, SourceFile},
    nodes::nodes_of,
    resolve::resolve_source,
};

/// The columns of relations, by the unique ids of their nodes and sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WarehouseCatalog {
    relations: BTreeMap<UniqueId, Arc<[CatalogColumn]>>,
}

#[derive(Deserialize)]
struct CatalogFile {
    #[serde(default)]
    nodes: BTreeMap<String, Table>,
    #[serde(default)]
    sources: BTreeMap<String, Table>,
}

#[derive(Deserialize)]
struct Table {
    columns: BTreeMap<String, Column>,
}

#[derive(Deserialize)]
struct Column {
    name: Arc<str>,
    #[serde(rename = "type")]
    data_type: Option<String>,
    /// Some adapters count in decimals.
    index: Option<f64>,
}

impl WarehouseCatalog {
    /// Of a `catalog.json`, ours or dbt's (<https://schemas.getdbt.com/dbt/catalog/v1.json>).
    ///
    /// # Errors
    ///
    /// When it is no such file.
    pub fn parse(json: &[u8]) -> serde_json::Result<Self> {
        let file: CatalogFile = serde_json::from_slice(json)?;
        let tables = file.nodes.into_iter().chain(file.sources);
        let relations = tables.map(|(id, table)| (UniqueId::from(id), table.columns()));
        Ok(Self {
            relations: relations.collect(),
        })
    }

    /// Takes over what was read later.
    pub fn extend(&mut self, later: Self) {
        self.relations.extend(later.relations);
    }

    /// Those of a relation, if it was there.
    #[must_use]
    pub fn columns(&self, id: &str) -> Option<&Arc<[CatalogColumn]>> {
        self.relations.get(id)
    }
}

impl Table {
    fn columns(self) -> Arc<[CatalogColumn]> {
        let mut columns: Vec<Column> = self.columns.into_values().collect();
        columns.sort_by_key(|column| column.index.map_or(0, |index| index as i64));
        let columns = columns.into_iter().map(|column| CatalogColumn {
            name: column.name,
            data_type: column.data_type.as_deref().and_then(Type::parse),
        });
        columns.collect()
    }
}

/// What is known of a source's columns: what the warehouse has, and what its properties add to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumns {
    /// In the table's order.
    pub columns: Arc<[CatalogColumn]>,
    /// The warehouse was asked, so that these are all.
    pub is_whole: bool,
}

/// Of a table of a source; `None` where nobody knows any.
pub fn source_columns(
    db: &dyn Database,
    project: Project,
    source: &Source,
) -> Option<SourceColumns> {
    let declared = declared(&source.columns);
    let Some(read) = project.catalog(db).columns(source.unique_id.as_str()) else {
        return declared.map(|columns| SourceColumns {
            columns,
            is_whole: false,
        });
    };
    let is_read = |name: &str| read.iter().any(|it| it.name.eq_ignore_ascii_case(name));
    let declared = declared.unwrap_or_default();
    // They may have come since.
    let others: Vec<_> = declared.iter().filter(|it| !is_read(&it.name)).collect();
    let columns = if others.is_empty() {
        Arc::clone(read)
    } else {
        read.iter().chain(others).cloned().collect()
    };
    Some(SourceColumns {
        columns,
        is_whole: true,
    })
}

/// What the warehouse has for a node whose SQL does not say it: a snapshot, a Python model.
pub fn node_columns(
    db: &dyn Database,
    file: SourceFile,
    slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    let catalog = file.project(db)?.catalog(db);
    let node = nodes_of(db, file).get(slot as usize)?;
    catalog.columns(node.unique_id.as_str()).cloned()
}

/// Whether what is known of a node's columns comes from a catalog, its own or that of something it reads.
#[salsa::tracked(cycle_result = no)]
pub fn relies_on_catalog(db: &dyn Database, file: SourceFile, slot: u32) -> bool {
    let Some(project) = file.project(db) else {
        return false;
    };
    if project.catalog(db).relations.is_empty() || file.kind(db) == Some(FileKind::Seed) {
        return false;
    }
    if node_columns(db, file, slot).is_some() && !is_told_by_sql(db, file) {
        return true;
    }
    reads_through_catalog(db, file)
}

fn no(_db: &dyn Database, _id: salsa::Id, _file: SourceFile, _slot: u32) -> bool {
    false
}

/// Whether what is known of the columns that a file reads comes from a catalog.
pub fn reads_through_catalog(db: &dyn Database, file: SourceFile) -> bool {
    let Some(project) = file.project(db) else {
        return false;
    };
    let catalog = project.catalog(db);
    let of_source = |args: &SourceArgs| {
        let package = file.package(db)?;
        let source = resolve_source(db, project, package.name(db), args)?;
        catalog.columns(source.unique_id.as_str())
    };
    !catalog.relations.is_empty()
        && UpstreamCatalog::new(db, file)
            .all()
            .any(|upstream| match upstream {
                Upstream::Node(target) => *relies_on_catalog(db, target.file, target.slot),
                Upstream::Source(args) => of_source(args).is_some(),
            })
}

/// Whether a node's columns are those of its query.
pub fn is_told_by_sql(db: &dyn Database, file: SourceFile) -> bool {
    match file.kind(db) {
        Some(FileKind::Model) => !file.path(db).ends_with(".py"),
        Some(FileKind::Analysis | FileKind::SingularTest) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_the_order_of_the_table() {
        let json = br#"{"metadata": {}, "errors": null, "nodes": {}, "sources": {"source.p.raw.t": {"columns": {
            "b": {"type": "VARCHAR", "index": 1, "name": "b", "comment": null},
            "a": {"type": "DECIMAL(18,3)", "index": 2.0, "name": "a"},
            "z": {"type": null, "index": 10, "name": "z"}
        }}}}"#;
        let mut catalog = WarehouseCatalog::parse(json).unwrap();
        let shown = |catalog: &WarehouseCatalog| {
            let columns = catalog.columns("source.p.raw.t").unwrap().iter();
            let shown = columns.map(|it| match &it.data_type {
                Some(data_type) => format!("{} {data_type}", it.name),
                None => it.name.to_string(),
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(&catalog), "b VARCHAR, a DECIMAL(18,3), z");
        let later = br#"{"sources": {"source.p.raw.t": {"columns": {"c": {"name": "c", "type": "int", "index": 1}}}}}"#;
        catalog.extend(WarehouseCatalog::parse(later).unwrap());
        assert_eq!(shown(&catalog), "c INTEGER");
        assert!(WarehouseCatalog::parse(b"[1]").is_err());
    }
}
