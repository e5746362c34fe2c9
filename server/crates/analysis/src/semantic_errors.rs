//! What is wrong between metrics, semantic models and saved queries: names that mean nothing, and what MetricFlow could
//! not use. What is wrong with a single key is found when the file is read.

use std::{collections::BTreeMap, sync::Arc};

use base::{Diagnostic, SourceRange};
use project::{
    files::FileKind,
    node::{ResourceType, SemanticNode},
    properties::{MentionKind, SemanticProperties},
};
use salsa::Database;
use serde_json::Value;

use crate::{
    input::{Project, SourceFile},
    others::resources_of,
    source::{files_of, properties},
};

/// Whether something is turned on.
type IsOn = bool;

/// What a file defines for the semantic layer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct SemanticNames {
    metrics: Vec<(Arc<str>, IsOn)>,
    /// With their semantic model.
    measures: Vec<(Arc<str>, Arc<str>, IsOn)>,
}

/// All names of a project; of one that is there twice, what is turned on counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct SemanticIndex {
    metrics: BTreeMap<Arc<str>, IsOn>,
    measures: BTreeMap<Arc<str>, Vec<(Arc<str>, IsOn)>>,
}

#[salsa::tracked]
fn semantic_names(db: &dyn Database, file: SourceFile) -> Arc<SemanticNames> {
    let mut names = SemanticNames::default();
    for node in &resources_of(db, file).semantic {
        let is_on = node.config.enabled();
        if node.resource_type() == ResourceType::Metric {
            names.metrics.push((Arc::clone(&node.name), is_on));
        }
        let measures = node.measures();
        names
            .measures
            .extend(measures.map(|it| (Arc::from(it), Arc::clone(&node.name), is_on)));
    }
    Arc::new(names)
}

#[salsa::tracked]
fn semantic_index(db: &dyn Database, project: Project) -> Arc<SemanticIndex> {
    let mut index = SemanticIndex::default();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, |kind| kind == FileKind::Properties) {
            let names = semantic_names(db, file);
            for (name, is_on) in &names.metrics {
                *index.metrics.entry(Arc::clone(name)).or_default() |= is_on;
            }
            for (name, model, is_on) in &names.measures {
                let models = index.measures.entry(Arc::clone(name)).or_default();
                models.push((Arc::clone(model), *is_on));
            }
        }
    }
    Arc::new(index)
}

/// In the order of the file.
#[salsa::tracked]
pub fn semantic_errors(db: &dyn Database, file: SourceFile) -> Arc<[Diagnostic]> {
    let properties = &properties(db, file).properties;
    let Some(project) = file.project(db) else {
        return Arc::default();
    };
    if properties.semantic().next().is_none() {
        return Arc::default();
    }
    let index = semantic_index(db, project);
    let nodes = &resources_of(db, file).semantic;
    let mut check = Check {
        index,
        file,
        db,
        found: Vec::new(),
    };
    for (kind, entry) in properties.semantic() {
        let is_this =
            |it: &&Arc<SemanticNode>| it.resource_type() == kind && it.name == entry.name.value;
        // What is turned off may be half finished.
        if let Some(node) = nodes.iter().find(is_this).filter(|it| it.config.enabled()) {
            check.mentions(kind, entry);
            match kind {
                ResourceType::Metric => check.metric(entry, node),
                ResourceType::SemanticModel => check.semantic_model(entry),
                _ => {}
            }
        }
    }
    check.found.sort();
    check.found.into()
}

struct Check<'a> {
    db: &'a dyn Database,
    file: SourceFile,
    index: &'a SemanticIndex,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn error(&mut self, code: &'static str, range: SourceRange, message: String) {
        self.found.push(Diagnostic::error(code, range, message));
    }

    fn mentions(&mut self, kind: ResourceType, entry: &SemanticProperties) {
        for mention in &entry.mentions {
            let (name, range) = (&mention.name.value, mention.name.range);
            match mention.kind {
                MentionKind::Metric => match self.index.metrics.get(name) {
                    Some(true) => {}
                    Some(false) => {
                        let message = format!(
                            "the metric `{name}` is disabled and thus cannot be referenced"
                        );
                        self.error("unknown-metric", range, message);
                    }
                    None => {
                        let owner = &entry.name.value;
                        let message = match kind {
                            ResourceType::Metric => format!(
                                "the metric `{name}` does not exist but was referenced by metric `{owner}`"
                            ),
                            _ => format!(
                                "saved query `{owner}` depends on a metric named `{name}` which was not found"
                            ),
                        };
                        let known = self.index.metrics.keys().map(|it| &**it);
                        self.unknown("unknown-metric", range, message, name, known);
                    }
                },
                MentionKind::Measure => self.measure(name, range),
                MentionKind::Dimension | MentionKind::Entity => {}
            }
        }
    }

    fn measure(&mut self, name: &Arc<str>, range: SourceRange) {
        let models = self.index.measures.get(name).map(Vec::as_slice);
        match models.unwrap_or_default() {
            [] => {
                let message = format!(
                    "a semantic model having a measure `{name}` does not exist but was referenced"
                );
                let known = self.index.measures.keys().map(|it| &**it);
                self.unknown("unknown-measure", range, message, name, known);
            }
            models if models.iter().any(|(_, is_on)| *is_on) => {}
            [(model, _), ..] => {
                let message = format!(
                    "the measure `{name}` is referenced on disabled semantic model `{model}`"
                );
                self.error("unknown-measure", range, message);
            }
        }
    }

    fn unknown<'n>(
        &mut self,
        code: &'static str,
        range: SourceRange,
        message: String,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) {
        let diagnostic = Diagnostic::error(code, range, message);
        let file = self.file.id(self.db);
        self.found.push(diagnostic.suggesting(file, name, known));
    }

    /// What its type asks for is there.
    fn metric(&mut self, entry: &SemanticProperties, node: &SemanticNode) {
        let name = &entry.name.value;
        let params = node.body.get("type_params");
        let is_given = |key: &str| params.and_then(|it| it.get(key)).is_some_and(is_something);
        let missing = match node.metric_type() {
            "simple" | "cumulative" if !is_given("measure") => {
                format!("metric `{name}` needs `measure` in `type_params`")
            }
            "conversion" if !is_given("conversion_type_params") => format!(
                "{name} is a conversion metric and must have conversion_type_params defined"
            ),
            "ratio" if !(is_given("numerator") && is_given("denominator")) => {
                "invalid ratio metric: both a numerator and denominator must be specified"
                    .to_owned()
            }
            "derived" if !is_given("metrics") => format!(
                "no input metrics found for derived metric '{name}'; add metrics to type_params.metrics"
            ),
            _ => return,
        };
        self.error("incomplete-metric", entry.name.range, missing);
    }

    fn semantic_model(&mut self, entry: &SemanticProperties) {
        // dbt validates semantic models for the metrics' sake.
        if self.index.metrics.is_empty() {
            return;
        }
        let (name, range) = (&entry.name.value, entry.name.range);
        let list = |key: &str| entry.body.get(key).and_then(Value::as_array);
        let has =
            |item: &Value, key: &str, value: &str| item.get(key).is_some_and(|it| it == value);
        let dimensions = list("dimensions").map(Vec::as_slice).unwrap_or_default();
        let entities = list("entities").map(Vec::as_slice).unwrap_or_default();
        let n_primary = entities
            .iter()
            .filter(|it| has(it, "type", "primary"))
            .count();
        let is_key_given = entry.body.get("primary_entity").is_some_and(is_something);
        let wrong_entity = match (n_primary, is_key_given) {
            (0, false) if !dimensions.is_empty() => Some(format!(
                "the semantic model {name} contains dimensions, but it does not define a primary entity: add an entity with type primary, or set \
                 `primary_entity`"
            )),
            (1, true) => Some(format!(
                "the semantic model `{name}` has an entity with type primary, but also the `primary_entity` field; remove one of them"
            )),
            (2.., _) => Some(format!(
                "semantic models can have only one primary entity, and `{name}` has {n_primary}"
            )),
            _ => None,
        };
        if let Some(message) = wrong_entity {
            self.error("primary-entity", range, message);
        }
        let is_time = |wanted: &str| {
            let named = |it: &&Value| has(it, "name", wanted) && has(it, "type", "time");
            dimensions.iter().any(|it| named(&it))
        };
        let default = entry
            .body
            .get("defaults")
            .and_then(|it| it.get("agg_time_dimension"));
        let default = default.and_then(Value::as_str);
        for measure in list("measures").into_iter().flatten() {
            let own = measure.get("agg_time_dimension").and_then(Value::as_str);
            let measure = measure.get("name").and_then(Value::as_str).unwrap_or("");
            let message = match own.or(default) {
                None => format!(
                    "aggregation time dimension for measure {measure} on semantic model {name} is not set: set a default `agg_time_dimension` for the \
                     semantic model, or one on the measure"
                ),
                Some(dimension) if !is_time(dimension) => format!(
                    "in semantic model '{name}', measure '{measure}' has the aggregation time dimension set to '{dimension}', which is not a valid time \
                     dimension in the semantic model"
                ),
                Some(_) => continue,
            };
            let place = entry.elements.iter().find(|it| *it.name.value == *measure);
            let range = place.map_or(range, |it| it.name.range);
            self.error("time-dimension", range, message);
        }
        self.repeated_measures(entry);
    }

    fn repeated_measures(&mut self, entry: &SemanticProperties) {
        for element in &entry.elements {
            let name = &element.name.value;
            let models = self.index.measures.get(name).map(Vec::as_slice);
            let on = models
                .unwrap_or_default()
                .iter()
                .filter(|(_, is_on)| *is_on);
            let on: Vec<&str> = on.map(|(model, _)| &**model).collect();
            let is_measure = element.kind == project::properties::ElementKind::Measure;
            if is_measure && on.len() > 1 {
                let message = format!(
                    "found measure with name {name} in multiple semantic models with names ({})",
                    on.join(", ")
                );
                self.error("duplicate-measure", element.name.range, message);
            }
        }
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
