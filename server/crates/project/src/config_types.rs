//! Which type a configuration has, as dbt holds every node's to it. What is not in the table may be anything.

use serde_json::Value;

/// The types that a configuration may be of; null is always one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Text,
    TextOrTexts,
    Whole,
    Mapping,
}

impl Type {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "enabled" | "full_refresh" | "quote_columns" | "store_failures" => Self::Bool,
            "materialized"
            | "alias"
            | "schema"
            | "database"
            | "group"
            | "incremental_strategy"
            | "on_schema_change"
            | "delimiter"
            | "strategy"
            | "target_schema"
            | "target_database"
            | "updated_at"
            | "store_failures_as"
            | "where"
            | "fail_calc"
            | "warn_if"
            | "error_if"
            | "severity" => Self::Text,
            "tags" | "unique_key" | "check_cols" => Self::TextOrTexts,
            "limit" => Self::Whole,
            "meta" | "persist_docs" | "column_types" | "grants" | "quoting" | "docs"
            | "contract" => Self::Mapping,
            _ => return None,
        })
    }

    fn has(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null)
            | (Self::Bool, Value::Bool(_))
            | (Self::Text | Self::TextOrTexts, Value::String(_))
            | (Self::Mapping, Value::Object(_)) => true,
            (Self::TextOrTexts, Value::Array(items)) => items.iter().all(Value::is_string),
            (Self::Whole, Value::Number(number)) => number.is_i64(),
            _ => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::TextOrTexts => "a text or a list of texts",
            Self::Whole => "a whole number",
            Self::Mapping => "a mapping",
        }
    }
}

/// The configurations of nodes that have a value wherever they are given.
pub(crate) const WITH_VALUE: [&str; 17] = [
    "access",
    "column_types",
    "contract",
    "docs",
    "enabled",
    "grants",
    "materialized",
    "meta",
    "on_configuration_change",
    "packages",
    "persist_docs",
    "post-hook",
    "post_hook",
    "pre-hook",
    "pre_hook",
    "quoting",
    "tags",
];

/// What is wrong with this value in a `config()` call.
#[must_use]
pub fn problem_in_call(name: &str, value: &Value) -> Option<String> {
    let needs_value = WITH_VALUE.contains(&name) || name == "severity";
    if value.is_null() && needs_value {
        return Some(format!("`{name}` must not be none; leave it out"));
    }
    problem(name, value)
}

/// What is wrong with this value of a configuration, which may be spelt with dashes.
#[must_use]
pub fn problem(name: &str, value: &Value) -> Option<String> {
    let wanted = Type::of(&name.replace('-', "_"))?;
    if wanted.has(value) {
        return None;
    }
    let is = match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    let more = if is == "a list" && wanted == Type::TextOrTexts {
        " with something else in it"
    } else {
        ""
    };
    Some(format!(
        "`{name}` must be {}, not {is}{more}",
        wanted.name()
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_those_of_dbt() {
        let right = [
            ("enabled", json!(true)),
            ("alias", json!(null)),
            ("tags", json!("a")),
            ("tags", json!(["a", "b"])),
            ("limit", json!(3)),
            ("meta", json!({"a": 1})),
            ("my_own", json!([1])),
        ];
        for (name, value) in right {
            assert_eq!(problem(name, &value), None, "{name}");
        }
        let wrong = [
            (
                "enabled",
                json!("maybe"),
                "`enabled` must be true or false, not a text",
            ),
            ("alias", json!(7), "`alias` must be a text, not a number"),
            (
                "tags",
                json!([1]),
                "`tags` must be a text or a list of texts, not a list with something else in it",
            ),
            (
                "limit",
                json!(1.5),
                "`limit` must be a whole number, not a number",
            ),
            (
                "persist-docs",
                json!(true),
                "`persist-docs` must be a mapping, not true or false",
            ),
        ];
        for (name, value, said) in wrong {
            assert_eq!(problem(name, &value).as_deref(), Some(said));
        }
    }

    #[test]
    fn calls_give_some_configurations_a_value() {
        for name in ["meta", "tags", "enabled", "severity", "pre_hook"] {
            let message = format!("`{name}` must not be none; leave it out");
            assert_eq!(problem_in_call(name, &json!(null)), Some(message));
        }
        for name in ["alias", "schema", "unique_key", "lookback", "my_own"] {
            assert_eq!(problem_in_call(name, &json!(null)), None, "{name}");
        }
    }
}
