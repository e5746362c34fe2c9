//! `DuckBinder`: `Binder` over the `warehouse`'s DuckDB.

use ide::{BindAnswer, BindQuestion, Binder};
use warehouse::duckdb::binder::{Bound, EmptyTable, bind};

/// DuckDB, in memory.
pub(crate) struct DuckBinder;

impl Binder for DuckBinder {
    fn bind(&self, question: &BindQuestion) -> BindAnswer {
        let tables = question.tables.iter().map(|table| EmptyTable {
            name: table.name.iter().map(ToString::to_string).collect(),
            columns: table
                .columns
                .iter()
                .map(|(name, data_type)| (name.to_string(), data_type.clone()))
                .collect(),
        });
        let tables: Vec<EmptyTable> = tables.collect();
        match bind(&question.sql, &tables) {
            Bound::Columns(columns) => {
                let columns = columns.into_iter();
                BindAnswer::Columns(columns.map(|(name, it)| (name.into(), it.into())).collect())
            }
            Bound::Wrong { message, at } => BindAnswer::Wrong {
                message: message.into(),
                at,
            },
            Bound::Unknown => BindAnswer::Unknown,
        }
    }
}
