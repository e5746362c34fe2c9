//! How configurations from several places become one.
//!
//! Most keys are clobbered by the place with the higher precedence; tags, hooks and packages append, mappings such as
//! `meta` are updated key by key, and `grants` append where the privilege begins with `+`.
//! See <https://docs.getdbt.com/reference/define-configs#combining-configs>.

use serde_json::Value;

use crate::{
    json::JsonMap,
    node::{Config, ConfigPool, ResourceType},
};

/// How a key combines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MergeRule {
    Clobber,
    Append,
    Update,
    Grants,
}

fn rule(kind: ResourceType, key: &str) -> MergeRule {
    let is_test = matches!(kind, ResourceType::Test | ResourceType::UnitTest);
    match key {
        "meta" if has_meta_updated(kind) => MergeRule::Update,
        "tags" if is_test || is_node(kind) => MergeRule::Append,
        "packages" | "pre-hook" | "post-hook" if is_node(kind) => MergeRule::Append,
        "quoting" | "column_types" | "docs" | "contract" if is_node(kind) => MergeRule::Update,
        "grants" if is_node(kind) => MergeRule::Grants,
        _ => MergeRule::Clobber,
    }
}

/// What becomes a relation, or is configured as if it did.
fn is_node(kind: ResourceType) -> bool {
    match kind {
        ResourceType::Model
        | ResourceType::Seed
        | ResourceType::Snapshot
        | ResourceType::Analysis
        | ResourceType::Operation
        | ResourceType::SqlOperation
        | ResourceType::Function => true,
        ResourceType::Test
        | ResourceType::UnitTest
        | ResourceType::Source
        | ResourceType::Exposure
        | ResourceType::Group
        | ResourceType::Metric
        | ResourceType::SemanticModel
        | ResourceType::SavedQuery
        | ResourceType::Macro
        | ResourceType::Doc => false,
    }
}

/// Exposures are the exception: of several `meta`, theirs is the last.
fn has_meta_updated(kind: ResourceType) -> bool {
    !matches!(
        kind,
        ResourceType::Exposure | ResourceType::Macro | ResourceType::Doc
    )
}

/// Lays `over` over `base`, as dbt does from one level of precedence to the next.
pub fn merge(kind: ResourceType, base: &mut JsonMap, over: &JsonMap) {
    for (key, value) in over {
        let key = canonical(key);
        let merged = match (rule(kind, key), base.get(key)) {
            (MergeRule::Append, None) => listed(value),
            (MergeRule::Append, Some(old)) => appended(old, value),
            (MergeRule::Update, Some(Value::Object(old))) => updated(old, value),
            (MergeRule::Grants, old) => granted(old.and_then(Value::as_object), value),
            (MergeRule::Update | MergeRule::Clobber, _) => value.clone(),
        };
        base.insert(key.to_owned(), merged);
    }
}

/// Adds one `config()` call to those before it in the same file. Grants keep their `+` for the merge that follows.
pub fn add_config_call(calls: &mut JsonMap, call: &JsonMap) {
    // The first call is taken as it is.
    let is_first = calls.is_empty();
    for (key, value) in call {
        let rule = match key.as_str() {
            "snapshot_meta_column_names" => MergeRule::Update,
            key => rule(ResourceType::Model, canonical(key)),
        };
        let merged = match (rule, calls.get(key)) {
            (MergeRule::Append, Some(old)) => appended(old, value),
            (MergeRule::Append, None) if !is_first => listed(value),
            (MergeRule::Update, Some(Value::Object(old))) => updated(old, value),
            (MergeRule::Grants, Some(Value::Object(old))) => granted_in_calls(old, value),
            _ => value.clone(),
        };
        calls.insert(key.clone(), merged);
    }
}

/// A privilege with a `+` extends one that was written with a `+` as well.
fn granted_in_calls(old: &JsonMap, new: &Value) -> Value {
    let mut out: JsonMap = old
        .iter()
        .map(|(privilege, to)| (privilege.clone(), listed(to)))
        .collect();
    for (privilege, to) in new.as_object().into_iter().flatten() {
        let merged = match out.get(privilege).filter(|_| privilege.starts_with('+')) {
            Some(old) => appended(old, to),
            None => listed(to),
        };
        out.insert(privilege.clone(), merged);
    }
    Value::Object(out)
}

/// The levels of a node, the weakest first, as one configuration.
#[must_use]
pub fn merged<'a>(
    kind: ResourceType,
    levels: impl IntoIterator<Item = &'a JsonMap>,
    pool: &ConfigPool,
) -> Config {
    let mut explicit = JsonMap::new();
    for level in levels {
        merge(kind, &mut explicit, level);
    }
    pool.intern(Config::new(kind, explicit))
}

fn canonical(key: &str) -> &str {
    match key {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        _ => key,
    }
}

fn listed(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.clone(),
        _ => Value::Array(vec![value.clone()]),
    }
}

fn appended(old: &Value, new: &Value) -> Value {
    match (listed(old), listed(new)) {
        (Value::Array(mut items), Value::Array(more)) => {
            items.extend(more);
            Value::Array(items)
        }
        (old, _) => old,
    }
}

fn updated(old: &JsonMap, new: &Value) -> Value {
    let Value::Object(new) = new else {
        return new.clone();
    };
    let mut out = old.clone();
    out.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
    Value::Object(out)
}

fn granted(old: Option<&JsonMap>, new: &Value) -> Value {
    let Value::Object(new) = new else {
        return new.clone();
    };
    let mut out: JsonMap = old
        .into_iter()
        .flatten()
        .map(|(privilege, to)| (privilege.clone(), listed(to)))
        .collect();
    for (privilege, to) in new {
        let merged = match privilege.strip_prefix('+') {
            Some(name) => match out.get(name) {
                Some(old) => (name, appended(old, to)),
                None => (name, listed(to)),
            },
            None => (privilege.as_str(), listed(to)),
        };
        out.insert(merged.0.to_owned(), merged.1);
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{add_config_call, merge};
    use crate::{json::JsonMap, node::ResourceType};

    fn object(value: &Value) -> JsonMap {
        value.as_object().cloned().unwrap_or_default()
    }

    fn check(levels: &[Value], expected: &Value) {
        check_kind(ResourceType::Model, levels, expected);
    }

    fn check_kind(kind: ResourceType, levels: &[Value], expected: &Value) {
        let mut result = JsonMap::new();
        for level in levels {
            merge(kind, &mut result, &object(level));
        }
        assert_eq!(Value::Object(result), *expected);
    }

    #[test]
    fn tags_and_hooks_append() {
        check(
            &[
                json!({"tags": "a", "pre_hook": "select 1"}),
                json!({"tags": ["b"], "pre-hook": ["select 2"]}),
            ],
            &json!({"tags": ["a", "b"], "pre-hook": ["select 1", "select 2"]}),
        );
    }

    #[test]
    fn mappings_update_and_others_clobber() {
        check(
            &[
                json!({"meta": {"a": 1, "b": 1}, "persist_docs": {"relation": true}}),
                json!({"meta": {"b": 2}, "persist_docs": {"columns": true}}),
            ],
            &json!({"meta": {"a": 1, "b": 2}, "persist_docs": {"columns": true}}),
        );
    }

    #[test]
    fn a_plus_extends_grants() {
        check(
            &[
                json!({"grants": {"select": "a", "insert": ["b"]}}),
                json!({"grants": {"+select": ["c"], "insert": "d"}}),
            ],
            &json!({"grants": {"select": ["a", "c"], "insert": ["d"]}}),
        );
    }

    #[test]
    fn sources_and_exposures_clobber_tags() {
        let levels = [
            json!({"tags": ["a"], "meta": {"x": 1}}),
            json!({"tags": ["b"], "meta": {"y": 1}}),
        ];
        check_kind(
            ResourceType::Source,
            &levels,
            &json!({"tags": ["b"], "meta": {"x": 1, "y": 1}}),
        );
        check_kind(
            ResourceType::Exposure,
            &levels,
            &json!({"tags": ["b"], "meta": {"y": 1}}),
        );
    }

    #[test]
    fn calls_in_one_file_add_up() {
        let mut calls = JsonMap::new();
        add_config_call(
            &mut calls,
            &object(&json!({"tags": "a", "materialized": "table"})),
        );
        add_config_call(
            &mut calls,
            &object(&json!({"tags": "b", "materialized": "view"})),
        );
        assert_eq!(
            Value::Object(calls),
            json!({"tags": ["a", "b"], "materialized": "view"})
        );
    }
}
