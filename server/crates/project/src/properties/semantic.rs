//! `metrics:`, `semantic_models:` and `saved_queries:`

mod shape;
mod tables;

use std::sync::LazyLock;

use base::SourceRange;
use serde::{Deserialize, Serialize};

pub use shape::{ElementKind, MentionKind, SemanticElement, SemanticMention, is_day_or_finer};

use self::shape::{Found, Record};
use super::entry::{ConfigProperties, read_name};
use crate::{
    json::JsonObject,
    node::ResourceType,
    reading::{Reader, SpannedText},
    yaml::YamlNode,
};

/// A metric, a semantic model or a saved query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SemanticProperties {
    /// Its name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// Of a semantic model: a `ref(..)`.
    pub model: Option<SpannedText>,
    /// `config:`
    pub config: ConfigProperties,
    /// All keys in the manifest's form, with their defaults.
    pub body: JsonObject,
    /// Its measures, dimensions, entities or exports.
    pub elements: Vec<SemanticElement>,
    /// The metrics, measures, dimensions and entities that it names.
    pub mentions: Vec<SemanticMention>,
}

impl SemanticProperties {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: YamlNode<'_>,
        kind: ResourceType,
    ) -> Option<Self> {
        let record = record(kind);
        let fields = reader.fields(node, record.what, keys(kind))?;
        let name = read_name(reader, &fields, record.what)?;
        let mut found = Found::default();
        let body = match record.read_fields(reader, &fields, &mut found) {
            serde_json::Value::Object(body) => body.into(),
            _ => JsonObject::default(),
        };
        let raw = |key: &str, body: &JsonObject| {
            let (node, text) = (fields.get(key)?, body.get(key)?.as_str()?);
            Some(SpannedText::new(text.into(), node.range()))
        };
        if kind == ResourceType::Metric {
            check_metric_name(reader, &name);
        }
        Some(Self {
            range: node.range(),
            description: raw("description", &body),
            model: raw("model", &body),
            config: ConfigProperties::read(reader, &fields),
            body,
            elements: found.elements,
            mentions: found.mentions,
            name,
        })
    }
}

/// `time_spine:` of a model, with all its keys.
pub(super) fn time_spine(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<JsonObject> {
    match tables::TIME_SPINE.read(reader, node, &mut Found::default()) {
        serde_json::Value::Object(spine) => Some(spine.into()),
        _ => None,
    }
}

fn check_metric_name(reader: &mut Reader<'_>, name: &SpannedText) {
    let text = &*name.value;
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut wrong = Vec::new();
    if text.contains(' ') {
        wrong.push("cannot contain spaces");
    }
    if text.chars().count() > 250 {
        wrong.push("cannot contain more than 250 characters");
    }
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        wrong.push("must begin with a letter");
    }
    if text.is_empty() || !text.chars().all(is_word) {
        wrong.push("must contain only letters, numbers and underscores");
    }
    if !wrong.is_empty() {
        let message = format!(
            "the metric name `{text}` is invalid: it {}",
            wrong.join(", ")
        );
        reader.error("wrong-value", name.range, message);
    }
}

fn record(kind: ResourceType) -> &'static Record {
    match kind {
        ResourceType::SemanticModel => &tables::SEMANTIC_MODEL,
        ResourceType::SavedQuery => &tables::SAVED_QUERY,
        _ => &tables::METRIC,
    }
}

/// The keys of an entry.
pub(super) fn keys(kind: ResourceType) -> &'static [&'static str] {
    static METRIC: Keys = Keys::new(|| tables::METRIC.keys());
    static SEMANTIC_MODEL: Keys = Keys::new(|| tables::SEMANTIC_MODEL.keys());
    static SAVED_QUERY: Keys = Keys::new(|| tables::SAVED_QUERY.keys());
    match kind {
        ResourceType::SemanticModel => &SEMANTIC_MODEL,
        ResourceType::SavedQuery => &SAVED_QUERY,
        _ => &METRIC,
    }
}

/// The keys of what a list in an entry holds.
pub(super) fn element_keys(list: &str) -> Option<&'static [&'static str]> {
    static MEASURE: Keys = Keys::new(|| tables::MEASURE.keys());
    static DIMENSION: Keys = Keys::new(|| tables::DIMENSION.keys());
    static ENTITY: Keys = Keys::new(|| tables::ENTITY.keys());
    static EXPORT: Keys = Keys::new(|| tables::EXPORT.keys());
    match list {
        "measures" => Some(&MEASURE),
        "dimensions" => Some(&DIMENSION),
        "entities" => Some(&ENTITY),
        "exports" => Some(&EXPORT),
        _ => None,
    }
}

type Keys = LazyLock<Vec<&'static str>>;

#[cfg(test)]
mod tests {
    use base::FileId;
    use expect_test::{Expect, expect};

    use crate::{properties::Properties, yaml::Yaml};

    /// What is read (names of elements and mentions), and what is wrong.
    fn check(text: &str, expected: &Expect) {
        let (yaml, _) = Yaml::parse(text);
        let (properties, diagnostics) =
            Properties::read(FileId(0), &yaml, &|_| Err("no Jinja here".to_owned()));
        let mut lines = Vec::new();
        for (kind, entry) in properties.semantic() {
            let elements: Vec<_> = entry.elements.iter().map(|it| &*it.name.value).collect();
            let mentions = entry.mentions.iter();
            let mentions: Vec<_> = mentions.map(|it| it.name.range.of(text)).collect();
            let name = &entry.name.value;
            lines.push(format!(
                "{kind} {name} has {elements:?} and names {mentions:?}"
            ));
        }
        for found in diagnostics {
            lines.push(format!("`{}`: {}", found.range.of(text), found.message));
        }
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn reads_names_and_what_is_named() {
        check(
            "
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: day}
    entities: [{name: order, type: primary}]
    dimensions: [{name: day, type: time, type_params: {time_granularity: day}}]
    measures: [{name: revenue, agg: SUM, expr: true}]
metrics:
  - {name: rate, label: R, type: ratio, type_params: {numerator: a, denominator: {name: b, filter: \"{{ x }}\"}}}
saved_queries:
  - {name: weekly, query_params: {metrics: [rate]}, exports: [{name: out}]}
",
            &expect![[r#"
                semantic_model orders has ["order", "revenue", "day"] and names ["day"]
                metric rate has [] and names ["a", "b"]
                saved_query weekly has ["out"] and names ["rate"]"#]],
        );
    }

    #[test]
    fn says_what_is_missing_or_wrong() {
        check(
            "
metrics:
  - {name: my metric, type: simple, type_params: {measure: a, window: soon, windw: 1 day}}
  - {name: second, label: S, type: plain, type_params: {cumulative_type_params: {window: x days}}}
semantic_models:
  - {name: orders, model: ref('orders'), measures: [{name: a}]}
",
            &expect![[r#"
                semantic_model orders has ["a"] and names []
                metric my metric has [] and names ["a"]
                metric second has [] and names []
                `name`: a metric needs `label`
                `my metric`: the metric name `my metric` is invalid: it cannot contain spaces, must contain only letters, numbers and underscores
                `soon`: `window` is a count and a unit of time, such as `28 days`
                `windw`: unknown key `windw` in `type_params`; did you mean `window`?
                `plain`: `type` is one of simple, ratio, cumulative, derived, conversion, not `plain`
                `x days`: invalid count `x` in `window`: it is a count and a unit of time, such as `28 days`
                `name`: a measure needs `agg`"#]],
        );
    }
}
