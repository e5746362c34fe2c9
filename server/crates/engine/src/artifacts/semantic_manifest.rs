//! semantic_manifest.json: what MetricFlow reads of a project. It is made of the manifest alone.
//!
//! The same resources stand in manifest.json with more keys; here is what the semantic layer's interface has of them.

use analysis::Manifest;
use project::node::{ModelDetail, Node, NodeDetail, ResourceType, SemanticNode};
use serde_json::{Map, Value, json};

/// The granularity of dbt's older way to declare a time spine: a model of this name.
const LEGACY_TIME_SPINE: &str = "metricflow_time_spine";

/// The whole file.
pub(super) fn semantic_manifest(manifest: &Manifest) -> Value {
    let of = |kind: ResourceType, json: fn(&SemanticNode) -> Value| -> Vec<Value> {
        let nodes = manifest.semantic.values();
        let nodes = nodes.filter(|node| node.resource_type() == kind);
        nodes.map(|node| json(node)).collect()
    };
    json!({
        "semantic_models": of(ResourceType::SemanticModel, semantic_model),
        "metrics": of(ResourceType::Metric, metric),
        "project_configuration": {
            "time_spine_table_configurations": legacy_time_spines(manifest),
            "metadata": null,
            "dsi_package_version": { "major_version": "0", "minor_version": "9", "patch_version": "0" },
            "time_spines": time_spines(manifest),
        },
        "saved_queries": of(ResourceType::SavedQuery, saved_query),
    })
}

fn semantic_model(node: &SemanticNode) -> Value {
    let mut json = common(node);
    json.remove("model");
    json.insert("config".to_owned(), meta(node));
    for list in ["entities", "measures"] {
        let items = json.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            if let Some(item) = item.as_object_mut() {
                item.insert("metadata".to_owned(), Value::Null);
            }
        }
    }
    Value::Object(json)
}

fn metric(node: &SemanticNode) -> Value {
    let mut json = common(node);
    json.insert("config".to_owned(), meta(node));
    if let Some(params) = json.get_mut("type_params").and_then(Value::as_object_mut) {
        params.remove("metric_aggregation_params");
        let cumulative = params.get_mut("cumulative_type_params");
        if let Some(cumulative) = cumulative.and_then(Value::as_object_mut) {
            cumulative.remove("metric");
        }
    }
    Value::Object(json)
}

fn saved_query(node: &SemanticNode) -> Value {
    let mut json = common(node);
    json.insert(
        "tags".to_owned(),
        node.tags.iter().map(|tag| &**tag).collect(),
    );
    let exports = json.get_mut("exports").and_then(Value::as_array_mut);
    for export in exports.into_iter().flatten() {
        let Some(export) = export.as_object_mut() else {
            continue;
        };
        export.remove("unrendered_config");
        if let Some(config) = export.get_mut("config").and_then(Value::as_object_mut) {
            config.remove("database");
        }
    }
    Value::Object(json)
}

fn common(node: &SemanticNode) -> Map<String, Value> {
    let mut json = (*node.body).clone();
    json.insert("name".to_owned(), (*node.name).into());
    json.insert("description".to_owned(), node.description.as_deref().into());
    json
}

fn meta(node: &SemanticNode) -> Value {
    let meta = node.config.meta().cloned().unwrap_or_default();
    json!({ "meta": meta })
}

fn time_spines(manifest: &Manifest) -> Vec<Value> {
    let spine = |node: &std::sync::Arc<Node>| {
        let NodeDetail::Model(detail) = &node.detail else {
            return None;
        };
        let ModelDetail { time_spine, .. } = &**detail;
        let spine = time_spine.as_ref()?;
        let name = spine.get("standard_granularity_column")?.as_str()?;
        let column = node.columns.get(name);
        Some(json!({
            "node_relation": {
                "alias": &*node.alias,
                "schema_name": &*node.schema,
                "database": node.database.as_deref(),
                "relation_name": node.relation_name.as_deref(),
            },
            "primary_column": {
                "name": name,
                "time_granularity": column.and_then(|column| column.granularity.as_deref()),
            },
            "custom_granularities": spine.get("custom_granularities"),
        }))
    };
    manifest.nodes.values().filter_map(spine).collect()
}

/// A model of the old name counts where semantic models need one and it says nothing itself.
fn legacy_time_spines(manifest: &Manifest) -> Vec<Value> {
    let mut semantic = manifest.semantic.values();
    if !semantic.any(|node| node.resource_type() == ResourceType::SemanticModel) {
        return Vec::new();
    }
    let is_legacy = |node: &&std::sync::Arc<Node>| {
        &*node.name == LEGACY_TIME_SPINE
            && node.model().is_some_and(|model| model.time_spine.is_none())
    };
    let node = manifest.nodes.values().find(is_legacy);
    let spine = node.map(|node| {
        json!({
            "location": node.relation_name.as_deref(),
            "column_name": "date_day",
            "grain": "day",
        })
    });
    spine.into_iter().collect()
}
