//! Reads YAML by a description of what it should be, into the form that the manifest has it in.
//!
//! The semantic layer's resources are deep mappings of which dbt reads little and writes all, with every default
//! filled in. A table says it once (`super::tables`); the keys of it serve completion, too.

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    json::JsonMap,
    reading::{Fields, Reader, SpannedText},
    yaml::{Scalar, Shape as YamlShape, YamlNode},
};

/// What a value should be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text,
    /// Not rendered now.
    Description,
    Bool,
    Integer,
    Number,
    /// SQL; a number or a boolean will do.
    Expression,
    OneOf(&'static [&'static str]),
    Names,
    Object,
    /// One or several conditions, rendered by whoever runs the query.
    Filter,
    /// `7 days`
    Window,
    Record(&'static Record),
    /// A record, or its name alone.
    Named(&'static Record),
    List(&'static Shape),
    /// The name of something that is defined elsewhere.
    Mention(MentionKind),
    /// A record that others can name.
    Element(ElementKind, &'static Record),
    /// Not written by people: always its default.
    Fixed,
}

/// A mapping of known keys.
#[derive(Debug)]
pub(super) struct Record {
    /// For people.
    pub(super) what: &'static str,
    pub(super) fields: &'static [Field],
}

/// A key.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) shape: Shape,
    pub(super) absent: Absent,
}

/// What holds where a key is not given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Absent {
    /// It has to be given.
    Wrong,
    Null,
    False,
    EmptyList,
    EmptyText,
    EmptyObject,
    Text(&'static str),
}

/// What can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MentionKind {
    Metric,
    Measure,
    Dimension,
    Entity,
}

/// A name of something that is defined elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticMention {
    /// What it names.
    pub kind: MentionKind,
    /// The name.
    pub name: SpannedText,
}

/// A part with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ElementKind {
    Measure,
    Dimension,
    Entity,
    Export,
}

/// A measure, dimension or entity of a semantic model, or an export of a saved query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SemanticElement {
    /// Which of them.
    pub kind: ElementKind,
    /// Its name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// A measure that is a metric as well.
    pub creates_metric: bool,
}

/// What was found on the way.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) elements: Vec<SemanticElement>,
    pub(super) mentions: Vec<SemanticMention>,
}

impl Absent {
    fn value(self) -> Value {
        match self {
            Self::Wrong | Self::Null => Value::Null,
            Self::False => false.into(),
            Self::EmptyList => Value::Array(Vec::new()),
            Self::EmptyText => "".into(),
            Self::EmptyObject => Value::Object(JsonMap::new()),
            Self::Text(text) => text.into(),
        }
    }
}

impl Record {
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let written = self
            .fields
            .iter()
            .filter(|it| !matches!(it.shape, Shape::Fixed));
        written.map(|it| it.key).collect()
    }

    /// The mapping with all its keys.
    pub(super) fn read(
        &'static self,
        reader: &mut Reader<'_>,
        node: YamlNode<'_>,
        found: &mut Found,
    ) -> Value {
        match reader.fields(node, self.what, &self.keys()) {
            Some(fields) => self.read_fields(reader, &fields, found),
            None => Value::Null,
        }
    }

    pub(super) fn read_fields(
        &self,
        reader: &mut Reader<'_>,
        fields: &Fields<'_>,
        found: &mut Found,
    ) -> Value {
        let mut map = JsonMap::new();
        for field in self.fields {
            let given = fields
                .get(field.key)
                .filter(|_| !matches!(field.shape, Shape::Fixed));
            let value = if let Some(node) = given {
                read(reader, node, field, found)
            } else {
                if matches!(field.absent, Absent::Wrong) {
                    let first = fields.entries().next().map(|(_, range, _)| *range);
                    let range = first.unwrap_or_else(|| fields.node.range());
                    let message = format!("{} needs `{}`", self.what, field.key);
                    reader.error("missing-key", range, message);
                }
                field.absent.value()
            };
            map.insert(field.key.to_owned(), value);
        }
        Value::Object(map)
    }

    /// With the name, and nothing else said.
    fn named(&self, name: &str) -> Value {
        let fields = self.fields.iter().map(|field| {
            let value = match field.key {
                "name" => name.into(),
                _ => field.absent.value(),
            };
            (field.key.to_owned(), value)
        });
        Value::Object(fields.collect())
    }
}

fn read(reader: &mut Reader<'_>, node: YamlNode<'_>, field: &Field, found: &mut Found) -> Value {
    read_shape(
        reader,
        node,
        field.shape,
        &format!("`{}`", field.key),
        found,
    )
}

fn read_shape(
    reader: &mut Reader<'_>,
    node: YamlNode<'_>,
    shape: Shape,
    what: &str,
    found: &mut Found,
) -> Value {
    match shape {
        Shape::Text => reader
            .text(Some(node), what)
            .map(|it| it.value.to_string())
            .into(),
        Shape::Description => reader
            .raw_text(Some(node), what)
            .map(|it| it.value.to_string())
            .into(),
        Shape::Bool => reader.bool(Some(node), what).into(),
        Shape::Integer => reader.integer(Some(node), what).into(),
        Shape::Number => number(reader, node, what),
        Shape::Expression => expression(reader, node, what),
        Shape::OneOf(known) => one_of(reader, node, what, known),
        Shape::Names => reader
            .names(Some(node), what)
            .iter()
            .map(|it| &**it)
            .collect(),
        Shape::Object => Value::Object((*reader.object(Some(node), what)).clone()),
        Shape::Filter => filter(reader, node, what),
        Shape::Window => window(reader, node, what),
        Shape::Record(record) => record.read(reader, node, found),
        Shape::Named(record) => named(reader, node, record, what, found),
        Shape::List(item) => {
            let items = reader.items(Some(node), what);
            let items = items.into_iter();
            items
                .map(|it| read_shape(reader, it, *item, what, found))
                .collect()
        }
        Shape::Mention(kind) => {
            let name = reader.text(Some(node), what);
            let value = name.as_ref().map(|name| name.value.to_string()).into();
            found
                .mentions
                .extend(name.map(|name| SemanticMention { kind, name }));
            value
        }
        Shape::Element(kind, record) => element(reader, node, kind, record, found),
        Shape::Fixed => Value::Null,
    }
}

fn number(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str) -> Value {
    let value = reader.json(node);
    if value.is_number() {
        return value;
    }
    let message = format!("{what} must be a number");
    reader.error("wrong-type", node.range(), message);
    Value::Null
}

/// As Python prints it: `true` is `True`.
fn expression(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str) -> Value {
    match node.scalar() {
        Some(Scalar::Bool(is_true)) => if is_true { "True" } else { "False" }.into(),
        Some(Scalar::Int(_) | Scalar::Float(_)) => node.raw().unwrap_or("").into(),
        Some(Scalar::Text(_) | Scalar::Null) | None => reader
            .text(Some(node), what)
            .map(|it| it.value.to_string())
            .into(),
    }
}

fn one_of(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str, known: &[&str]) -> Value {
    let Some(text) = reader.text(Some(node), what) else {
        return Value::Null;
    };
    let lower = text.value.to_lowercase();
    if !known.contains(&&*lower) {
        let message = format!(
            "{what} is one of {}, not `{}`",
            known.join(", "),
            text.value
        );
        reader.error("wrong-value", text.range, message);
    }
    lower.into()
}

fn filter(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str) -> Value {
    let conditions: Vec<Value> = match node.shape() {
        YamlShape::Sequence => {
            let items = node.items();
            items
                .filter_map(|item| condition(reader, item, what))
                .collect()
        }
        YamlShape::Scalar | YamlShape::Mapping => {
            condition(reader, node, what).into_iter().collect()
        }
    };
    serde_json::json!({ "where_filters": conditions })
}

fn condition(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str) -> Option<Value> {
    let text = reader.raw_text(Some(node), what)?;
    Some(serde_json::json!({ "where_sql_template": &*text.value }))
}

/// The units of time that dbt knows, the finest first; projects add their own.
pub(super) const GRANULARITIES: [&str; 11] = [
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
];

/// Whether a unit of time can tell days apart.
pub fn is_day_or_finer(unit: &str) -> bool {
    let mut finer = GRANULARITIES.iter().take_while(|known| **known != "week");
    finer.any(|known| *known == unit)
}

fn window(reader: &mut Reader<'_>, node: YamlNode<'_>, what: &str) -> Value {
    let Some(text) = reader.text(Some(node), what) else {
        return Value::Null;
    };
    let lower = text.value.to_lowercase();
    let parts: Vec<&str> = lower.split(' ').collect();
    let [count, unit] = parts[..] else {
        let message = format!("{what} is a count and a unit of time, such as `28 days`");
        reader.error("wrong-value", text.range, message);
        return Value::Null;
    };
    let Some(number) = count.parse::<u64>().ok() else {
        let message = format!(
            "invalid count `{count}` in {what}: it is a count and a unit of time, such as `28 days`"
        );
        reader.error("wrong-value", text.range, message);
        return Value::Null;
    };
    let singular = unit
        .strip_suffix('s')
        .filter(|unit| GRANULARITIES.contains(unit));
    serde_json::json!({ "count": number, "granularity": singular.unwrap_or(unit) })
}

fn named(
    reader: &mut Reader<'_>,
    node: YamlNode<'_>,
    record: &'static Record,
    what: &str,
    found: &mut Found,
) -> Value {
    if node.shape() == YamlShape::Mapping {
        return record.read(reader, node, found);
    }
    let name = record.fields.iter().find(|field| field.key == "name");
    let shape = name.map_or(Shape::Text, |field| field.shape);
    match read_shape(reader, node, shape, what, found) {
        Value::String(name) => record.named(&name),
        _ => Value::Null,
    }
}

fn element(
    reader: &mut Reader<'_>,
    node: YamlNode<'_>,
    kind: ElementKind,
    record: &'static Record,
    found: &mut Found,
) -> Value {
    let Some(fields) = reader.fields(node, record.what, &record.keys()) else {
        return Value::Null;
    };
    let value = record.read_fields(reader, &fields, found);
    let text = |key: &str| Some((fields.get(key)?.range(), value.get(key)?.as_str()?));
    if let Some((range, name)) = text("name") {
        let creates_metric = value.get("create_metric").and_then(Value::as_bool);
        found.elements.push(SemanticElement {
            kind,
            name: SpannedText::new(name.into(), range),
            range: node.range(),
            description: text("description")
                .map(|(range, text)| SpannedText::new(text.into(), range)),
            creates_metric: creates_metric.unwrap_or(false),
        });
    }
    value
}
