//! The catalog that this crate's tests share: a small shop.

use std::sync::Arc;

use crate::catalog::{Catalog, CatalogColumn, RelationName};
use crate::types::Type;

/// Relations by name, with their columns and types.
pub(crate) struct TestCatalog(&'static [(&'static str, &'static [(&'static str, &'static str)])]);

/// Orders, customers and web events; everything else is unknown.
pub(crate) fn shop() -> TestCatalog {
    TestCatalog(&[
        (
            "orders",
            &[
                ("id", "integer"),
                ("customer_id", "integer"),
                ("amount", "decimal(10,2)"),
                ("status", "varchar"),
            ],
        ),
        ("customers", &[("id", "integer"), ("name", "varchar")]),
        (
            "events",
            &[
                ("id", "bigint"),
                ("payload", "struct(kind varchar, tags varchar[])"),
            ],
        ),
    ])
}

impl Catalog for TestCatalog {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let (_, columns) = self
            .0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(relation.identifier()))?;
        Some(
            columns
                .iter()
                .map(|(name, data_type)| CatalogColumn {
                    name: Arc::from(*name),
                    data_type: Type::parse(data_type),
                })
                .collect(),
        )
    }
}
