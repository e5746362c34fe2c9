//! `Relation`: dbt's relation object: where a table or view lives, and how its name is written.
//!
//! Immutable: every method that changes something gives another relation. `{{ relation }}` is what goes into SQL.

mod object;

use crate::value::{CallArgs, Value, dict, pairs, text};

/// What a relation is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationType {
    /// `table`
    Table,
    /// `view`
    View,
    /// `cte`: an ephemeral model.
    Cte,
    /// `materialized_view`
    MaterializedView,
    /// `ephemeral`
    Ephemeral,
    /// `external`
    External,
    /// `function`
    Function,
    /// What only one warehouse knows: `dynamic_table`, `snapshot`, ...
    Other(Box<str>),
}

impl RelationType {
    /// dbt's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Cte => "cte",
            Self::MaterializedView => "materialized_view",
            Self::Ephemeral => "ephemeral",
            Self::External => "external",
            Self::Function => "function",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for RelationType {
    fn from(name: &str) -> Self {
        match name {
            "table" => Self::Table,
            "view" => Self::View,
            "cte" => Self::Cte,
            "materialized_view" => Self::MaterializedView,
            "ephemeral" => Self::Ephemeral,
            "external" => Self::External,
            "function" => Self::Function,
            other => Self::Other(other.into()),
        }
    }
}

/// A choice for each part of a name: whether it is quoted, or written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    /// For the database.
    pub database: bool,
    /// For the schema.
    pub schema: bool,
    /// For the identifier.
    pub identifier: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            database: true,
            schema: true,
            identifier: true,
        }
    }
}

impl Policy {
    fn with(mut self, args: &CallArgs) -> Self {
        let set = |slot: &mut bool, position, name| {
            if let Some(value) = args.get(position, name)
                && !value.is_none()
                && !value.is_undefined()
            {
                *slot = value.is_true();
            }
        };
        set(&mut self.database, 0, "database");
        set(&mut self.schema, 1, "schema");
        set(&mut self.identifier, 2, "identifier");
        self
    }

    fn to_value(self) -> Value {
        dict([
            ("database", Value::from(self.database)),
            ("schema", Value::from(self.schema)),
            ("identifier", Value::from(self.identifier)),
        ])
    }

    fn from_value(value: &Value, default: Self) -> Self {
        let keyword = pairs(value)
            .into_iter()
            .map(|(key, value)| (text(&key), value))
            .collect();
        default.with(&CallArgs {
            positional: Vec::new(),
            keyword,
        })
    }
}

/// `--sample` and microbatches: only the rows of a time window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTimeFilter {
    /// The column.
    pub field_name: String,
    /// From here on.
    pub start: Option<String>,
    /// Before this.
    pub end: Option<String>,
}

/// A relation. Build one with struct update syntax from [`Relation::default`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The database, or catalog.
    pub database: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The table's name.
    pub identifier: Option<String>,
    /// What it is, if known.
    pub kind: Option<RelationType>,
    /// `"` in most warehouses.
    pub quote_character: char,
    /// Which parts are quoted.
    pub quote_policy: Policy,
    /// Which parts are written.
    pub include_policy: Policy,
    /// `--empty` and `limit`: only so many rows.
    pub limit: Option<usize>,
    /// Only rows of a time window.
    pub event_time_filter: Option<EventTimeFilter>,
    /// A subquery needs an alias.
    pub require_alias: bool,
    /// Written instead of the path: `read_parquet('...')` of an external source.
    pub expression: Option<String>,
    /// Set for `relation.information_schema('tables')`: the name of the view.
    pub information_schema_view: Option<String>,
    /// Whether this is the information schema of a relation.
    pub is_information_schema: bool,
}

impl Default for Relation {
    fn default() -> Self {
        Self {
            database: None,
            schema: None,
            identifier: None,
            kind: None,
            quote_character: '"',
            quote_policy: Policy::default(),
            include_policy: Policy::default(),
            limit: None,
            event_time_filter: None,
            require_alias: true,
            expression: None,
            information_schema_view: None,
            is_information_schema: false,
        }
    }
}

impl Relation {
    /// A relation with a full path and dbt's defaults.
    #[must_use]
    pub fn new(database: Option<&str>, schema: Option<&str>, identifier: Option<&str>) -> Self {
        Self {
            database: database.map(str::to_owned),
            schema: schema.map(str::to_owned),
            identifier: identifier.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The common table expression that an ephemeral model becomes: `__dbt__cte__name`.
    #[must_use]
    pub fn ephemeral(name: &str) -> Self {
        Self {
            identifier: Some(format!("__dbt__cte__{name}")),
            kind: Some(RelationType::Cte),
            quote_policy: Policy {
                identifier: false,
                ..Policy::default()
            },
            ..Self::default()
        }
    }

    /// As a value for templates.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The relation in a value, if it is one.
    pub fn from_value(value: &Value) -> Option<&Self> {
        value.downcast_object_ref::<Self>()
    }

    /// One part of a name, quoted.
    pub fn quoted(&self, part: &str) -> String {
        format!("{0}{part}{0}", self.quote_character)
    }

    /// The qualified name: `"db"."schema"."name"`.
    pub fn name(&self) -> String {
        if let Some(expression) = &self.expression {
            return expression.clone();
        }
        let parts = [
            (
                &self.database,
                self.include_policy.database,
                self.quote_policy.database,
            ),
            (
                &self.schema,
                self.include_policy.schema,
                self.quote_policy.schema,
            ),
            (
                &self.identifier,
                self.include_policy.identifier,
                self.quote_policy.identifier,
            ),
        ];
        let mut out = String::new();
        for (part, is_included, is_quoted) in parts {
            let Some(part) = part.as_deref().filter(|_| is_included) else {
                continue;
            };
            if !out.is_empty() {
                out.push('.');
            }
            if is_quoted {
                out.push_str(&self.quoted(part));
            } else {
                out.push_str(part);
            }
        }
        if let Some(view) = &self.information_schema_view {
            out.push('.');
            out.push_str(view);
        }
        out
    }

    /// What goes into SQL: the name, or a subquery where rows are limited.
    pub fn render_sql(&self) -> String {
        let mut sql = self.name();
        let alias = |namespace: &str| {
            if self.require_alias {
                let table = self.identifier.as_deref().unwrap_or("");
                format!(" _dbt_{namespace}_subq_{table}")
            } else {
                String::new()
            }
        };
        if let Some(condition) = self.event_time_filter.as_ref().and_then(time_condition) {
            sql = format!(
                "(select * from {sql} where {condition}){}",
                alias("et_filter")
            );
        }
        match self.limit {
            None => sql,
            Some(0) => format!(
                "(select * from {sql} where false limit 0){}",
                alias("limit")
            ),
            Some(limit) => format!("(select * from {sql} limit {limit}){}", alias("limit")),
        }
    }

    /// The same without its identifier: the schema.
    #[must_use]
    pub fn without_identifier(&self) -> Self {
        let mut schema = self.clone();
        schema.identifier = None;
        schema.include_policy.identifier = false;
        schema
    }

    /// Its database's information schema.
    #[must_use]
    pub fn information_schema(&self, view: Option<&str>) -> Self {
        Self {
            schema: None,
            identifier: Some("INFORMATION_SCHEMA".to_owned()),
            kind: None,
            include_policy: Policy {
                database: self.database.is_some(),
                schema: false,
                identifier: true,
            },
            quote_policy: Policy {
                identifier: false,
                ..self.quote_policy
            },
            limit: None,
            event_time_filter: None,
            expression: None,
            information_schema_view: view.map(str::to_owned),
            is_information_schema: true,
            ..self.clone()
        }
    }
}

fn time_condition(filter: &EventTimeFilter) -> Option<String> {
    let field = &filter.field_name;
    let from = filter.start.as_ref().map(|at| format!("{field} >= '{at}'"));
    let to = filter.end.as_ref().map(|at| format!("{field} < '{at}'"));
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} and {to}")),
        (from, to) => from.or(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_names_as_policies_say() {
        let relation = Relation::new(Some("db"), Some("s"), Some("t"));
        assert_eq!(relation.render_sql(), r#""db"."s"."t""#);
        assert_eq!(relation.without_identifier().render_sql(), r#""db"."s""#);
        assert_eq!(
            relation.information_schema(Some("tables")).render_sql(),
            r#""db".INFORMATION_SCHEMA.tables"#
        );
        assert_eq!(Relation::ephemeral("x").render_sql(), "__dbt__cte__x");
    }

    #[test]
    fn limits_rows_with_a_subquery() {
        let relation = Relation {
            limit: Some(0),
            ..Relation::new(None, Some("s"), Some("t"))
        };
        assert_eq!(
            relation.render_sql(),
            r#"(select * from "s"."t" where false limit 0) _dbt_limit_subq_t"#
        );
    }
}
