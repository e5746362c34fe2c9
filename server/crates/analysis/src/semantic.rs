//! Metrics, semantic models and saved queries: from properties to nodes, and what they mean to each other.

use std::{collections::BTreeSet, sync::Arc};

use jinja::Template;
use project::{
    json::{JsonMap, JsonObject},
    node::{Config, DependsOn, ResourceType, SemanticNode, UniqueId},
    properties::SemanticProperties,
};
use salsa::Database;
use serde_json::{Value, json};

use crate::{
    facts::ref_of,
    input::{Package, SourceFile},
    nodes::{config::ConfigLevels, description::rendered_description},
    others::folders,
    source::properties,
    target::defaults,
};

/// Those of a file, in dbt's order; measures that are metrics as well come after their semantic model.
pub(crate) fn semantic_nodes(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
) -> Vec<Arc<SemanticNode>> {
    let of_file = OfFile { db, file, package };
    let mut nodes = Vec::new();
    for (kind, entry) in properties(db, file).properties.semantic() {
        let node = of_file.node(kind, entry);
        let metrics = of_file.metrics_of_measures(&node, entry);
        nodes.push(Arc::new(node));
        nodes.extend(metrics.into_iter().map(Arc::new));
    }
    nodes
}

/// Where entries stand.
#[derive(Clone, Copy)]
struct OfFile<'db> {
    db: &'db dyn Database,
    file: SourceFile,
    package: Package,
}

/// What its keys say of a node.
struct Draft<'a> {
    kind: ResourceType,
    name: &'a Arc<str>,
    description: Option<Arc<str>>,
    patch: &'a JsonMap,
    unrendered: &'a JsonMap,
}

impl OfFile<'_> {
    fn node(&self, kind: ResourceType, entry: &SemanticProperties) -> SemanticNode {
        let mut body = (*entry.body).clone();
        for key in ["name", "description", "config", "meta", "tags"] {
            body.remove(key);
        }
        let mut node = self.drafted(&Draft {
            kind,
            name: &entry.name.value,
            description: match (kind, &entry.description) {
                (_, Some(text)) => Some(self.described(&text.value)),
                (ResourceType::Metric, None) => Some(Arc::default()),
                (_, None) => None,
            },
            patch: &entry.config.values,
            unrendered: &entry.config.values,
        });
        match kind {
            ResourceType::SemanticModel => {
                self.finish_elements(&mut body, &node.config);
                node.refs = entry
                    .model
                    .iter()
                    .filter_map(|text| model_of(&text.value))
                    .collect();
            }
            ResourceType::SavedQuery => {
                self.finish_exports(&mut body, &node.config);
                node.tags = sorted_tags(&entry.body, &node.config);
            }
            _ => {
                settle_cumulative(&mut body);
                node.tags = texts(entry.body.get("tags"))
                    .into_iter()
                    .map(Arc::from)
                    .collect();
                if node.meta.is_empty() {
                    node.meta = object(entry.body.get("meta"));
                }
            }
        }
        node.body = body.into();
        node
    }

    fn drafted(&self, draft: &Draft<'_>) -> SemanticNode {
        let Self { db, file, package } = *self;
        let mut fqn = folders(db, file, package);
        fqn.push(Arc::clone(draft.name));
        let levels = ConfigLevels {
            package,
            kind: draft.kind,
            fqn: &fqn,
            patch: Some(draft.patch),
            calls: None,
        };
        let config = levels.merged(db);
        // dbt looks for the other kinds' trees under names that they do not have.
        let unrendered_config = if draft.kind == ResourceType::Metric {
            let levels = ConfigLevels {
                patch: Some(draft.unrendered),
                ..levels
            };
            levels.unrendered(db)
        } else {
            draft.unrendered.clone().into()
        };
        let (kind, own) = (draft.kind.name(), package.name(db));
        SemanticNode {
            unique_id: UniqueId::from(format!("{kind}.{own}.{}", draft.name)),
            name: Arc::clone(draft.name),
            package_name: Arc::clone(own),
            path: Arc::clone(file.relative_path(db)),
            original_file_path: Arc::clone(file.path(db)),
            fqn: fqn.into(),
            description: draft.description.clone(),
            meta: config.meta().cloned().unwrap_or_default().into(),
            tags: Arc::default(),
            config,
            unrendered_config,
            refs: Arc::default(),
            depends_on: DependsOn::default(),
            body: JsonObject::default(),
        }
    }

    fn described(&self, text: &Arc<str>) -> Arc<str> {
        rendered_description(self.db, self.package, text)
    }

    /// `create_metric: true` is a simple metric of the measure.
    fn metrics_of_measures(
        &self,
        node: &SemanticNode,
        entry: &SemanticProperties,
    ) -> Vec<SemanticNode> {
        let measures = list(entry.body.get("measures"));
        let measures = measures.filter(|it| it["create_metric"] == true);
        let metric = |measure: &Value| {
            let name: Arc<str> = measure["name"].as_str()?.into();
            let description = match measure["description"].as_str().filter(|it| !it.is_empty()) {
                Some(text) => self.described(&text.into()),
                None => format!("Metric created from measure {name}").into(),
            };
            let patch = json!({ "enabled": node.config.enabled(), "meta": &*node.meta });
            let patch = object(Some(&patch));
            let mut metric = self.drafted(&Draft {
                kind: ResourceType::Metric,
                name: &name,
                description: Some(description),
                patch: &patch,
                unrendered: &patch,
            });
            let label = measure["label"].as_str().filter(|it| !it.is_empty());
            let expr = measure["expr"].as_str().filter(|it| !it.is_empty());
            metric.body = object(Some(&json!({
                "label": label.unwrap_or(&name),
                "type": "simple",
                "type_params": {
                    "measure": {
                        "name": &*name,
                        "filter": null,
                        "alias": null,
                        "join_to_timespine": false,
                        "fill_nulls_with": null,
                    },
                    "input_measures": [],
                    "numerator": null,
                    "denominator": null,
                    "expr": expr.unwrap_or(&name),
                    "window": null,
                    "grain_to_date": null,
                    "metrics": [],
                    "conversion_type_params": null,
                    "cumulative_type_params": null,
                    "metric_aggregation_params": null,
                },
                "filter": null,
                "time_granularity": null,
                "metadata": null,
            })));
            Some(metric)
        };
        measures.filter_map(metric).collect()
    }

    /// Descriptions rendered; of the configuration only `meta`, on top of the semantic model's.
    fn finish_elements(&self, body: &mut JsonMap, config: &Config) {
        let lists = ["entities", "measures", "dimensions"];
        for list in lists {
            let elements = body.get_mut(list).and_then(Value::as_array_mut);
            for element in elements.into_iter().flatten() {
                let Some(element) = element.as_object_mut() else {
                    continue;
                };
                if let Some(Value::String(text)) = element.get_mut("description") {
                    *text = self.described(&text.as_str().into()).to_string();
                }
                let mut meta = config.meta().cloned().unwrap_or_default();
                let own = element.get("config").and_then(|it| it.get("meta"));
                meta.extend((*object(own)).clone());
                element.insert("config".to_owned(), json!({ "meta": meta }));
                if list == "measures" {
                    element.insert("create_metric".to_owned(), false.into());
                }
            }
        }
    }

    /// Where an export goes: what it says itself, then what its saved query says, then the target.
    fn finish_exports(&self, body: &mut JsonMap, config: &Config) {
        let defaults = defaults(self.db, self.package.project(self.db));
        let exports = body.get_mut("exports").and_then(Value::as_array_mut);
        for export in exports.into_iter().flatten() {
            let Some(export) = export.as_object_mut() else {
                continue;
            };
            let written = export.get("config").cloned().unwrap_or(Value::Null);
            let own = |key: &str| written.get(key).and_then(Value::as_str);
            let own_or_shared = |key: &str| own(key).or_else(|| config.text(key));
            let schema = own("schema_name").or_else(|| own_or_shared("schema"));
            let config = json!({
                "export_as": own_or_shared("export_as"),
                "schema_name": schema.unwrap_or(&defaults.schema),
                "alias": own("alias").or_else(|| export.get("name")?.as_str()),
                "database": own("database").or(defaults.database.as_deref()),
            });
            export.insert("config".to_owned(), config);
            export.insert("unrendered_config".to_owned(), written);
        }
    }
}

/// The `ref` of `model: ref('orders')`.
fn model_of(text: &str) -> Option<project::node::RefArgs> {
    let template = Template::parse(&format!("{{{{ {text} }}}}"));
    template.calls_of(&["ref"]).find_map(ref_of)
}

/// What older keys say moves to where it belongs; other types of metrics have nothing there, whatever is written.
fn settle_cumulative(body: &mut JsonMap) {
    let is_cumulative = body.get("type").is_some_and(|kind| kind == "cumulative");
    let Some(params) = body.get_mut("type_params").and_then(Value::as_object_mut) else {
        return;
    };
    if !is_cumulative {
        params.insert("cumulative_type_params".to_owned(), Value::Null);
        return;
    }
    let written = params.get("cumulative_type_params");
    let written = object(written.filter(|it| it.is_object()));
    let own = |key: &str| written.get(key).filter(|it| !it.is_null()).cloned();
    let own_or_old = |key: &str| own(key).or_else(|| params.get(key).cloned());
    let settled = json!({
        "window": own_or_old("window"),
        "grain_to_date": own_or_old("grain_to_date"),
        "period_agg": own("period_agg").unwrap_or_else(|| "first".into()),
        "metric": null,
    });
    params.insert("cumulative_type_params".to_owned(), settled);
}

fn sorted_tags(body: &JsonObject, config: &Config) -> project::node::Names {
    let mut tags: BTreeSet<&str> = texts(body.get("tags")).into_iter().collect();
    tags.extend(config.tags());
    tags.into_iter().map(Arc::from).collect()
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn object(value: Option<&Value>) -> JsonObject {
    match value {
        Some(Value::Object(map)) => map.clone().into(),
        _ => JsonObject::default(),
    }
}
