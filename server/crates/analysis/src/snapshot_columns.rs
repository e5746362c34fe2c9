//! The columns of a snapshot's table: those of its query, what dbt adds, and what the warehouse has kept of earlier queries.
//!
//! dbt's words for what it adds: <https://docs.getdbt.com/docs/build/snapshots#snapshot-meta-fields>.

use std::sync::Arc;

use project::node::Node;
use salsa::Database;
use sql::{CatalogColumn, Type};

use crate::{columns::output, input::SourceFile, nodes::nodes_of, warehouse_catalog::node_columns};

/// What is known of them. A column that went from the query is still in the table, so that these are all only where the
/// warehouse was asked.
pub(crate) fn snapshot_columns(
    db: &dyn Database,
    file: SourceFile,
    slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    let read = node_columns(db, file, slot);
    let Some(made) = output(db, file, slot).to_catalog() else {
        return read;
    };
    let node = nodes_of(db, file).get(slot as usize)?;
    let mut columns: Vec<CatalogColumn> = made.to_vec();
    let others = read.iter().flat_map(|it| it.iter().cloned());
    for column in added_by_dbt(node).into_iter().chain(others) {
        let mut known = columns.iter();
        if !known.any(|it| it.name.eq_ignore_ascii_case(&column.name)) {
            columns.push(column);
        }
    }
    Some(columns.into())
}

/// What dbt writes beside the columns of a snapshot's query, by the names that the project gives them.
pub fn added_by_dbt(node: &Node) -> Vec<CatalogColumn> {
    let names = node.config.get("snapshot_meta_column_names");
    let name = |usual: &str| {
        let own = names.as_ref().and_then(|it| it.get(usual)?.as_str());
        Arc::from(own.unwrap_or(usual))
    };
    let column = |usual: &str, data_type: Option<Type>| CatalogColumn {
        name: name(usual),
        data_type,
    };
    let mut columns = vec![
        column("dbt_scd_id", Some(Type::Varchar)),
        column("dbt_updated_at", None),
        column("dbt_valid_from", None),
        column("dbt_valid_to", None),
    ];
    let hard_deletes = node.config.get("hard_deletes");
    if hard_deletes.and_then(|it| it.as_str()) == Some("new_record") {
        columns.push(column("dbt_is_deleted", Some(Type::Varchar)));
    }
    columns
}
