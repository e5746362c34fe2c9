//! Columns and constraints in a manifest.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::MetaTagsJson;
use crate::node::{Column, Columns, Constraint, Names};

pub(crate) struct ColumnsJson<'a>(pub(crate) &'a Columns);

impl Serialize for ColumnsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(name, column)| (name, ColumnJson(column))),
        )
    }
}

struct ColumnJson<'a>(&'a Column);

impl Serialize for ColumnJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let column = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &column.name)?;
        map.serialize_entry("description", &column.description)?;
        map.serialize_entry("meta", &*column.meta)?;
        map.serialize_entry("data_type", &column.data_type)?;
        map.serialize_entry(
            "constraints",
            &ConstraintsJson::of_column(&column.constraints),
        )?;
        map.serialize_entry("quote", &column.quote)?;
        let config = MetaTagsJson {
            meta: &column.meta,
            tags: &column.tags,
            extra: &column.config_extra,
        };
        map.serialize_entry("config", &config)?;
        map.serialize_entry("tags", &column.tags)?;
        map.serialize_entry("granularity", &column.granularity)?;
        map.serialize_entry("doc_blocks", &column.doc_blocks)?;
        for (key, value) in column.extra.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

pub(crate) struct ConstraintsJson<'a> {
    constraints: &'a [Constraint],
    has_columns: bool,
}

impl<'a> ConstraintsJson<'a> {
    pub(crate) fn of_column(constraints: &'a [Constraint]) -> Self {
        Self {
            constraints,
            has_columns: false,
        }
    }

    pub(crate) fn of_model(constraints: &'a [Constraint]) -> Self {
        Self {
            constraints,
            has_columns: true,
        }
    }
}

impl Serialize for ConstraintsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.constraints.iter().map(|constraint| ConstraintJson {
            kind: constraint.kind.name(),
            name: constraint.name.as_deref(),
            expression: constraint.expression.as_deref(),
            warn_unenforced: constraint.warn_unenforced,
            warn_unsupported: constraint.warn_unsupported,
            to: constraint.to.as_deref(),
            to_columns: &constraint.to_columns,
            columns: self.has_columns.then_some(&constraint.columns),
        }))
    }
}

#[derive(Serialize)]
struct ConstraintJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: Option<&'a str>,
    expression: Option<&'a str>,
    warn_unenforced: bool,
    warn_unsupported: bool,
    to: Option<&'a str>,
    to_columns: &'a Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<&'a Names>,
}
