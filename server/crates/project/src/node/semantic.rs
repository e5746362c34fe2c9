//! Metrics, semantic models and saved queries: what dbt hands on to whoever queries metrics.
//!
//! dbt itself reads few of their keys, so a node has those with a meaning of their own, and all others as the manifest
//! writes them (`body`). How the nodes hang together (a metric's measures, a saved query's metrics) is settled once all
//! of them are known.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Config, DependsOn, Names, RefArgs, ResourceType, UniqueId};
use crate::json::JsonObject;

/// A metric, a semantic model or a saved query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SemanticNode {
    /// `metric.shop.revenue`
    pub unique_id: UniqueId,
    /// As written.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the resource path it was found under.
    pub path: Arc<str>,
    /// Relative to its project.
    pub original_file_path: Arc<str>,
    /// Package, folders, name.
    pub fqn: Names,
    /// Rendered.
    pub description: Option<Arc<str>>,
    /// Merged; of metrics.
    pub meta: JsonObject,
    /// Of metrics and saved queries.
    pub tags: Names,
    /// What applies.
    pub config: Config,
    /// The same before Jinja was rendered.
    pub unrendered_config: JsonObject,
    /// Of a semantic model: its model.
    pub refs: Arc<[RefArgs]>,
    /// Resolved.
    pub depends_on: DependsOn,
    /// What only its kind has, with dbt's defaults.
    pub body: JsonObject,
}

impl SemanticNode {
    /// Which of the three.
    pub fn resource_type(&self) -> ResourceType {
        self.config.kind()
    }

    /// Whose it is.
    pub fn group(&self) -> Option<&str> {
        self.config.text("group")
    }

    /// The names of a semantic model's measures.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        items(self.body.get("measures")).filter_map(name)
    }

    /// The measures that a metric is written with: name, filter, alias and the rest, as the manifest has them.
    pub fn written_measures(&self) -> Vec<&Value> {
        let params = self.body.get("type_params").unwrap_or(&Value::Null);
        let conversion = &params["conversion_type_params"];
        let all = match self.metric_type() {
            "simple" | "cumulative" => vec![&params["measure"]],
            "conversion" => vec![
                &conversion["base_measure"],
                &conversion["conversion_measure"],
            ],
            _ => Vec::new(),
        };
        all.into_iter().filter(|it| !it.is_null()).collect()
    }

    /// The metrics that a metric or a saved query is made of.
    pub fn input_metrics(&self) -> Vec<&str> {
        let params = self.body.get("type_params").unwrap_or(&Value::Null);
        match (self.resource_type(), self.metric_type()) {
            (ResourceType::SavedQuery, _) => {
                let query = self.body.get("query_params").unwrap_or(&Value::Null);
                items(query.get("metrics"))
                    .filter_map(Value::as_str)
                    .collect()
            }
            (_, "ratio") => [&params["numerator"], &params["denominator"]]
                .into_iter()
                .filter_map(name)
                .collect(),
            (_, "derived") => items(params.get("metrics")).filter_map(name).collect(),
            _ => Vec::new(),
        }
    }

    /// `simple`, `ratio`, ...; empty for what is no metric.
    pub fn metric_type(&self) -> &str {
        self.body.get("type").and_then(Value::as_str).unwrap_or("")
    }
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn name(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}
