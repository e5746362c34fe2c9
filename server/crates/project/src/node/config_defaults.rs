//! The keys each kind's configuration has and their defaults, in the order dbt writes them.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::ResourceType;
use crate::json::JsonMap;

/// The keys of a kind with their defaults.
pub(crate) fn defaults(kind: ResourceType) -> &'static JsonMap {
    match kind {
        ResourceType::Model => &MODEL,
        ResourceType::Seed => &SEED,
        ResourceType::Snapshot => &SNAPSHOT,
        ResourceType::Test => &TEST,
        ResourceType::Function => &FUNCTION,
        ResourceType::Analysis | ResourceType::Operation | ResourceType::SqlOperation => &NODE,
        ResourceType::Source => &SOURCE,
        ResourceType::Exposure => &EXPOSURE,
        ResourceType::UnitTest => &UNIT_TEST,
        ResourceType::Group => &GROUP,
        ResourceType::Macro => &MACRO,
        ResourceType::Metric => &METRIC,
        ResourceType::SemanticModel => &SEMANTIC_MODEL,
        ResourceType::SavedQuery => &SAVED_QUERY,
        ResourceType::Doc => &NONE,
    }
}

/// The names of the keys of a kind.
pub fn config_default_keys(kind: ResourceType) -> impl Iterator<Item = &'static str> + Clone {
    defaults(kind).keys().map(String::as_str)
}

fn object(value: Value) -> JsonMap {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            JsonMap::new()
        }
    }
}

/// `base`, with `changes` over or behind it.
fn extended(base: Value, changes: Value) -> JsonMap {
    let mut map = object(base);
    map.extend(object(changes));
    map
}

static NODE: LazyLock<JsonMap> = LazyLock::new(|| object(node()));
static NONE: LazyLock<JsonMap> = LazyLock::new(JsonMap::new);

static MODEL: LazyLock<JsonMap> =
    LazyLock::new(|| extended(node(), json!({ "access": "protected", "freshness": null })));

static SEED: LazyLock<JsonMap> = LazyLock::new(|| {
    let own = json!({ "materialized": "seed", "delimiter": ",", "quote_columns": null });
    extended(node(), own)
});

static SNAPSHOT: LazyLock<JsonMap> = LazyLock::new(|| {
    let own = json!({
        "materialized": "snapshot",
        "strategy": null,
        "target_schema": null,
        "target_database": null,
        "updated_at": null,
        "check_cols": null,
        "snapshot_meta_column_names": snapshot_columns(),
        "dbt_valid_to_current": null,
    });
    extended(node(), own)
});

static FUNCTION: LazyLock<JsonMap> = LazyLock::new(|| {
    let own = json!({
        "materialized": "function",
        "type": "scalar",
        "volatility": null,
        "runtime_version": null,
        "entry_point": null,
    });
    extended(node(), own)
});

static TEST: LazyLock<JsonMap> = LazyLock::new(|| {
    let own = json!({
        "schema": "dbt_test__audit",
        "materialized": "test",
        "severity": "ERROR",
        "store_failures": null,
        "store_failures_as": null,
        "where": null,
        "limit": null,
        "fail_calc": "count(*)",
        "warn_if": "!= 0",
        "error_if": "!= 0",
    });
    extended(node_and_test(), own)
});

static SOURCE: LazyLock<JsonMap> = LazyLock::new(|| {
    object(json!({
        "enabled": true,
        "event_time": null,
        "freshness": freshness(),
        "loaded_at_field": null,
        "loaded_at_query": null,
        "meta": {},
        "tags": [],
        "static_analysis": null,
    }))
});

static EXPOSURE: LazyLock<JsonMap> =
    LazyLock::new(|| object(json!({ "enabled": true, "tags": [], "meta": {} })));

static UNIT_TEST: LazyLock<JsonMap> = LazyLock::new(|| {
    object(json!({ "tags": [], "meta": {}, "enabled": true, "static_analysis": null }))
});

static GROUP: LazyLock<JsonMap> = LazyLock::new(|| object(json!({ "meta": {} })));

static MACRO: LazyLock<JsonMap> = LazyLock::new(|| object(json!({ "meta": {}, "docs": docs() })));

static METRIC: LazyLock<JsonMap> =
    LazyLock::new(|| object(json!({ "enabled": true, "group": null, "meta": {} })));

static SEMANTIC_MODEL: LazyLock<JsonMap> =
    LazyLock::new(|| object(json!({ "enabled": true, "group": null, "meta": {} })));

static SAVED_QUERY: LazyLock<JsonMap> = LazyLock::new(|| {
    object(json!({
        "enabled": true,
        "group": null,
        "meta": {},
        "export_as": null,
        "schema": null,
        "cache": { "enabled": false },
    }))
});

fn node_and_test() -> Value {
    json!({
        "enabled": true,
        "alias": null,
        "schema": null,
        "database": null,
        "tags": [],
        "meta": {},
        "group": null,
        "static_analysis": null,
    })
}

fn node() -> Value {
    let own = json!({
        "materialized": "view",
        "incremental_strategy": null,
        "batch_size": null,
        "lookback": 1,
        "begin": null,
        "persist_docs": {},
        "post-hook": [],
        "pre-hook": [],
        "quoting": {},
        "column_types": {},
        "full_refresh": null,
        "unique_key": null,
        "on_schema_change": "ignore",
        "on_configuration_change": "apply",
        "grants": {},
        "packages": [],
        "docs": docs(),
        "contract": contract(),
        "event_time": null,
        "concurrent_batches": null,
    });
    Value::Object(extended(node_and_test(), own))
}

fn docs() -> Value {
    json!({ "show": true, "node_color": null })
}

fn contract() -> Value {
    json!({ "enforced": false, "alias_types": true })
}

fn snapshot_columns() -> Value {
    json!({
        "dbt_valid_to": null,
        "dbt_valid_from": null,
        "dbt_scd_id": null,
        "dbt_updated_at": null,
        "dbt_is_deleted": null,
    })
}

fn freshness() -> Value {
    json!({
        "warn_after": { "count": null, "period": null },
        "error_after": { "count": null, "period": null },
        "filter": null,
    })
}
