//! The configuration of a node: what was set, and dbt's defaults for the rest.
//!
//! Only what was set is kept, so that the thousands of nodes that were given the same share one map (see
//! `ConfigPool`). How values from several places are merged is `crate::config_merge`.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{Docs, ResourceType, config_defaults::defaults};
use crate::{
    event_time::IsoMoment,
    json::{JsonMap, JsonObject},
};

/// A configuration, merged from all places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    kind: ResourceType,
    /// Canonical: hooks under `pre-hook`/`post-hook`, nothing null but a source's `freshness`, tests' `store_failures_as` settled.
    explicit: JsonObject,
}

/// SQL around a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hook {
    /// A template.
    pub sql: Arc<str>,
    /// In the node's transaction, or outside.
    pub transaction: bool,
    /// Its place among the hooks; rarely set.
    pub index: Option<i64>,
}

/// Which parts of a relation's name are quoted, as far as somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Quoting {
    pub database: Option<bool>,
    pub schema: Option<bool>,
    pub identifier: Option<bool>,
    pub column: Option<bool>,
}

impl Quoting {
    /// From a `quoting:` mapping; what is not a boolean counts as not said.
    #[must_use]
    pub fn from_json(map: &JsonMap) -> Self {
        let get = |key: &str| map.get(key).and_then(Value::as_bool);
        Self {
            // `project` and `dataset` are BigQuery's names for the same.
            database: get("database").or_else(|| get("project")),
            schema: get("schema").or_else(|| get("dataset")),
            identifier: get("identifier"),
            column: get("column"),
        }
    }

    /// `self` where it says something, `base` elsewhere.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        Self {
            database: self.database.or(base.database),
            schema: self.schema.or(base.schema),
            identifier: self.identifier.or(base.identifier),
            column: self.column.or(base.column),
        }
    }
}

impl Config {
    /// From what was set; names of hooks are made canonical and nulls dropped, as dbt does.
    #[must_use]
    pub fn new(kind: ResourceType, explicit: JsonMap) -> Self {
        Self {
            kind,
            explicit: canonical(kind, explicit).into(),
        }
    }

    /// Nothing set.
    #[must_use]
    pub fn empty(kind: ResourceType) -> Self {
        Self {
            kind,
            explicit: JsonObject::default(),
        }
    }

    /// The kind whose defaults apply.
    pub fn kind(&self) -> ResourceType {
        self.kind
    }

    /// What was set, and nothing else.
    pub fn explicit(&self) -> &JsonObject {
        &self.explicit
    }

    /// The value that applies: what was set, or the default. Null defaults are `None`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let name = canonical_name(name);
        self.explicit
            .get(name)
            .or_else(|| defaults(self.kind).get(name))
            .filter(|value| !value.is_null())
    }

    /// Whether the kind knows the key, or somebody set it.
    pub fn has(&self, name: &str) -> bool {
        let name = canonical_name(name);
        self.explicit.contains_key(name) || defaults(self.kind).contains_key(name)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A boolean.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// One text, or a list of them.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Not turned off.
    pub fn enabled(&self) -> bool {
        self.bool("enabled").unwrap_or(true)
    }

    /// The materialization's name; empty for kinds without one.
    pub fn materialized(&self) -> &str {
        self.text("materialized").unwrap_or("")
    }

    /// In the order collected; dbt keeps duplicates here.
    pub fn tags(&self) -> Vec<&str> {
        self.texts("tags")
    }

    /// `meta`
    pub fn meta(&self) -> Option<&JsonMap> {
        self.get("meta")?.as_object()
    }

    /// Run before the node.
    pub fn pre_hooks(&self) -> Vec<Hook> {
        self.hooks("pre-hook")
    }

    /// Run after the node.
    pub fn post_hooks(&self) -> Vec<Hook> {
        self.hooks("post-hook")
    }

    fn hooks(&self, name: &str) -> Vec<Hook> {
        match self.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Hook::from_json).collect(),
            Some(value) => Hook::from_json(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Which parts of the relation's name are quoted, as far as the node says.
    pub fn quoting(&self) -> Quoting {
        self.get("quoting")
            .and_then(Value::as_object)
            .map(Quoting::from_json)
            .unwrap_or_default()
    }

    /// How the node shows up in the documentation.
    pub fn docs(&self) -> Docs {
        let Some(map) = self.get("docs").and_then(Value::as_object) else {
            return Docs::default();
        };
        Docs {
            show: map.get("show").and_then(Value::as_bool).unwrap_or(true),
            node_color: map.get("node_color").and_then(Value::as_str).map(Arc::from),
        }
    }

    /// `contract: {enforced: true}`
    pub fn is_contract_enforced(&self) -> bool {
        self.get("contract")
            .and_then(|contract| contract.get("enforced"))
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// `persist_docs` for `relation` or `columns`.
    pub fn persists_docs(&self, part: &str) -> bool {
        self.get("persist_docs")
            .and_then(|persist| persist.get(part))
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// A failing test of this severity fails the run.
    pub fn is_severity_error(&self) -> bool {
        !self
            .text("severity")
            .is_some_and(|severity| severity.eq_ignore_ascii_case("warn"))
    }

    /// As manifest.json has it: all keys of the kind in dbt's order, then the others.
    #[must_use]
    pub fn to_manifest_json(&self) -> JsonMap {
        let defaults = defaults(self.kind);
        let mut out = JsonMap::with_capacity(defaults.len() + 2);
        for (name, default) in defaults {
            let value = match self.explicit.get(name) {
                Some(value) => filled(name, value, default),
                None => default.clone(),
            };
            out.insert(name.clone(), value);
        }
        for (name, value) in self.extra() {
            out.insert(name.clone(), value.clone());
        }
        out
    }

    fn extra(&self) -> impl Iterator<Item = (&String, &Value)> {
        let defaults = defaults(self.kind);
        self.explicit
            .iter()
            .filter(|(name, _)| !defaults.contains_key(*name))
    }

    /// Writes what `to_manifest_json` returns without building it: a manifest holds tens of thousands.
    pub(crate) fn serialize_manifest<S: Serializer>(
        &self,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, default) in defaults(self.kind) {
            match self.explicit.get(name) {
                Some(value) if is_plain(name) => map.serialize_entry(name, value)?,
                Some(value) => map.serialize_entry(name, &filled(name, value, default))?,
                None => map.serialize_entry(name, default)?,
            }
        }
        for (name, value) in self.extra() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Hook {
    /// A text (which may itself be JSON) or a mapping, as dbt takes them.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(parsed @ Value::Object(_)) => Self::from_json(&parsed),
                _ => Some(Self {
                    sql: text.as_str().into(),
                    transaction: true,
                    index: None,
                }),
            },
            Value::Object(map) => Some(Self {
                sql: map.get("sql")?.as_str()?.into(),
                transaction: map
                    .get("transaction")
                    .and_then(Value::as_bool)
                    .unwrap_or(true),
                index: map.get("index").and_then(Value::as_i64),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }

    fn to_json(&self) -> Value {
        serde_json::json!({ "sql": &*self.sql, "transaction": self.transaction, "index": self.index })
    }
}

/// Hooks may be written with an underscore.
pub(crate) fn canonical_name(name: &str) -> &str {
    match name {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        _ => name,
    }
}

fn canonical(kind: ResourceType, explicit: JsonMap) -> JsonMap {
    let mut out = JsonMap::with_capacity(explicit.len());
    for (name, value) in explicit {
        if !is_kept(kind, &name, &value) {
            continue;
        }
        let value = match (name.as_str(), value) {
            // `static_analysis: off` is a boolean to YAML.
            ("static_analysis", Value::Bool(is_on)) => if is_on { "on" } else { "off" }.into(),
            (_, value) => value,
        };
        out.insert(canonical_name(&name).to_owned(), value);
    }
    match kind {
        ResourceType::Test => settle_store_failures(&mut out),
        ResourceType::Model => settle_begin(&mut out),
        _ => {}
    }
    out
}

/// Null means the default, but for sources, which it frees from freshness; a model's freshness needs `build_after`.
fn is_kept(kind: ResourceType, name: &str, value: &Value) -> bool {
    match (kind, name) {
        (ResourceType::Source, "freshness") => true,
        (ResourceType::Model, "freshness") => value.get("build_after").is_some(),
        _ => !value.is_null(),
    }
}

/// Where a microbatch model begins is a time, however it is written.
fn settle_begin(config: &mut JsonMap) {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let is_microbatch = text("materialized") == Some("incremental")
        && text("incremental_strategy") == Some("microbatch");
    let begin = text("begin").filter(|_| is_microbatch);
    if let Some(begin) = begin.and_then(IsoMoment::parse) {
        config.insert("begin".to_owned(), begin.iso_text().into());
    }
}

/// `store_failures_as` wins over `store_failures`, and each implies the other.
fn settle_store_failures(config: &mut JsonMap) {
    if let Some(kind) = config.get("store_failures_as").and_then(Value::as_str) {
        let is_stored = kind != "ephemeral";
        config.insert("store_failures".to_owned(), is_stored.into());
    } else if let Some(is_stored) = config.get("store_failures").and_then(Value::as_bool) {
        let kind = if is_stored { "table" } else { "ephemeral" };
        config.insert("store_failures_as".to_owned(), kind.into());
    }
}

/// Written as it was set.
fn is_plain(name: &str) -> bool {
    !matches!(
        name,
        "tags"
            | "packages"
            | "pre-hook"
            | "post-hook"
            | "docs"
            | "contract"
            | "grants"
            | "snapshot_meta_column_names"
            | "freshness"
            | "persist_docs"
            | "cache"
    )
}

/// The value as dbt writes it: lists where one item was given, hooks as mappings, mappings with all their keys.
fn filled(name: &str, value: &Value, default: &Value) -> Value {
    match (name, value) {
        ("pre-hook" | "post-hook", Value::Array(items)) => items
            .iter()
            .filter_map(Hook::from_json)
            .map(|hook| hook.to_json())
            .collect(),
        ("pre-hook" | "post-hook", value) => Hook::from_json(value)
            .map(|hook| hook.to_json())
            .into_iter()
            .collect(),
        ("tags" | "packages", Value::String(_)) => Value::Array(vec![value.clone()]),
        ("grants", Value::Object(grants)) => grants
            .iter()
            .map(|(privilege, to)| (privilege.trim_start_matches('+').to_owned(), listed(to)))
            .collect(),
        ("freshness", Value::Object(_)) if default.is_null() => model_freshness(value),
        ("docs" | "contract" | "snapshot_meta_column_names" | "cache", Value::Object(own)) => {
            let mut out = default.as_object().cloned().unwrap_or_default();
            out.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
            Value::Object(out)
        }
        ("freshness", Value::Object(own)) => source_freshness(own, default),
        _ => value.clone(),
    }
}

fn listed(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.clone(),
        _ => Value::Array(vec![value.clone()]),
    }
}

fn model_freshness(value: &Value) -> Value {
    let mut build_after = JsonMap::new();
    build_after.insert("count".to_owned(), Value::Null);
    build_after.insert("period".to_owned(), Value::Null);
    build_after.insert("updates_on".to_owned(), "any".into());
    if let Some(own) = value.get("build_after").and_then(Value::as_object) {
        build_after.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    serde_json::json!({ "build_after": build_after })
}

fn source_freshness(own: &JsonMap, default: &Value) -> Value {
    let mut out = default.as_object().cloned().unwrap_or_default();
    for (key, value) in own {
        let value = match (out.get(key), value) {
            (Some(Value::Object(times)), Value::Object(own)) => {
                let mut times = times.clone();
                times.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
                Value::Object(times)
            }
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// Makes equal configurations share one map.
#[derive(Debug, Default)]
pub struct ConfigPool {
    by_hash: Mutex<HashMap<u64, Vec<Config>>>,
}

impl ConfigPool {
    /// An equal configuration that was given before, or this one.
    pub fn intern(&self, config: Config) -> Config {
        let mut hasher = DefaultHasher::new();
        config.kind.hash(&mut hasher);
        for (name, value) in config.explicit.iter() {
            (name, value).hash(&mut hasher);
        }
        let mut by_hash = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_hash.entry(hasher.finish()).or_default();
        // Equality of maps ignores their order, the order of the written keys does not.
        let same = known
            .iter()
            .find(|known| **known == config && known.explicit.keys().eq(config.explicit.keys()));
        if let Some(same) = same {
            return same.clone();
        }
        known.push(config.clone());
        config
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config(kind: ResourceType, value: Value) -> Config {
        let Value::Object(map) = value else {
            panic!("not an object")
        };
        Config::new(kind, map)
    }

    #[test]
    fn answers_what_was_set_or_the_default() {
        let model = config(
            ResourceType::Model,
            json!({ "tags": "daily", "pre_hook": "select 1" }),
        );
        assert_eq!(model.materialized(), "view");
        assert_eq!(model.tags(), ["daily"]);
        assert_eq!(model.pre_hooks()[0].sql.as_ref(), "select 1");
        assert_eq!(model.get("alias"), None);
    }

    #[test]
    fn writes_hooks_docs_and_unknown_keys_as_dbt_does() {
        let model = config(
            ResourceType::Model,
            json!({ "post_hook": [{"sql": "x", "transaction": false}, "y"], "docs": {"show": false}, "own": 5 }),
        );
        let written = model.to_manifest_json();
        assert_eq!(
            written["post-hook"],
            json!([{"sql": "x", "transaction": false, "index": null}, {"sql": "y", "transaction": true, "index": null}])
        );
        assert_eq!(written["docs"], json!({"show": false, "node_color": null}));
        assert_eq!(written.keys().next_back().unwrap(), "own");
    }

    #[test]
    fn streams_what_it_would_build() {
        for kind in ResourceType::ALL {
            let config = config(
                kind,
                json!({ "tags": "a", "meta": {"x": 1}, "freshness": {"warn_after": {"count": 1}} }),
            );
            let mut streamed = Vec::new();
            config
                .serialize_manifest(&mut serde_json::Serializer::new(&mut streamed))
                .unwrap();
            assert_eq!(
                streamed,
                serde_json::to_vec(&config.to_manifest_json()).unwrap()
            );
        }
    }

    #[test]
    fn a_source_can_be_freed_from_freshness() {
        let source = config(
            ResourceType::Source,
            json!({ "freshness": null, "event_time": null }),
        );
        assert_eq!(source.get("freshness"), None);
        assert_eq!(source.to_manifest_json()["freshness"], Value::Null);
    }

    #[test]
    fn settles_where_failures_go() {
        let by_kind = config(ResourceType::Test, json!({ "store_failures_as": "view" }));
        assert_eq!(by_kind.bool("store_failures"), Some(true));
        let by_flag = config(ResourceType::Test, json!({ "store_failures": false }));
        assert_eq!(by_flag.text("store_failures_as"), Some("ephemeral"));
    }

    #[test]
    fn equal_configurations_share_their_map() {
        let pool = ConfigPool::default();
        let first = pool.intern(config(
            ResourceType::Model,
            json!({ "materialized": "table" }),
        ));
        let second = pool.intern(config(
            ResourceType::Model,
            json!({ "materialized": "table" }),
        ));
        assert!(first.explicit.is_same(&second.explicit));
    }
}
