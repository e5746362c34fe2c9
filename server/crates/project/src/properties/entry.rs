//! What entries of several sections have in common: configuration, columns, constraints.

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    keys::{COLUMN, WITH_VALUE},
    test_entry::TestEntry,
};
use crate::{
    config_types,
    json::{JsonMap, JsonObject},
    node::{Column, Constraint, ConstraintKind, Names},
    reading::{Fields, Reader, SpannedText},
    yaml::YamlNode,
};

/// A `config:` mapping, with what older spellings put beside it (`meta`, `docs`, `group`, `access`, `contract`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConfigProperties {
    /// Rendered, but for hooks.
    pub values: JsonObject,
    /// As written, of `config:` alone; for `state:modified`.
    pub unrendered: JsonObject,
    /// Each key and where it stands.
    pub keys: Vec<SpannedText>,
}

/// Keys that may stand beside `config:` and mean the same.
const MOVED: [&str; 5] = ["meta", "docs", "group", "contract", "access"];

/// Hooks are templates for later, but only under these names: dbt renders `pre-hook` and `post-hook` with the rest.
fn is_rendered_late(key: &str) -> bool {
    matches!(key, "pre_hook" | "post_hook" | "loaded_at_query")
}

impl ConfigProperties {
    /// `config:` of an entry.
    pub(super) fn read(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Self {
        Self::read_with(reader, entry, &["enabled"])
    }

    /// `config:` of a node.
    pub(super) fn read_of_node(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Self {
        Self::read_with(reader, entry, &config_types::WITH_VALUE)
    }

    /// `config:` of an entry, in which these keys have a value wherever they are given.
    pub(super) fn read_with(
        reader: &mut Reader<'_>,
        entry: &Fields<'_>,
        with_value: &[&str],
    ) -> Self {
        let Some(config) = entry
            .get("config")
            .and_then(|node| reader.mapping(node, "`config`"))
        else {
            return Self::default();
        };
        reader.refuse_empty(&config, with_value);
        let keys = config
            .entries()
            .map(|(key, range, _)| SpannedText::new((*key).into(), *range))
            .collect();
        let values = match reader.json_except(config.node, &is_rendered_late) {
            Value::Object(map) => map.into(),
            _ => JsonObject::default(),
        };
        for (key, _, node) in config.entries() {
            if let Some(value) = values.get(*key) {
                reader.check_config_type(key, *node, value);
            }
        }
        // Both share one map unless something was rendered.
        let unrendered = match config.node.to_json() {
            Value::Object(map) if map != *values => map.into(),
            _ => values.clone(),
        };
        Self {
            values,
            unrendered,
            keys,
        }
    }

    /// The same with `meta`, `docs`, `group`, `contract` and `access` beside `config:` moved in.
    pub(super) fn read_with_moved(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Self {
        let mut config = Self::read_of_node(reader, entry);
        let mut values: Option<JsonMap> = None;
        for name in MOVED {
            let Some(node) = entry.get(name) else {
                continue;
            };
            let range = entry.key_range(name).unwrap_or_default();
            if config.values.contains_key(name) {
                let message =
                    format!("`{name}` is given twice, here and in `config`; remove this one");
                reader.error("duplicate-config", range, message);
                continue;
            }
            let value = reader.json(node);
            values
                .get_or_insert_with(|| (*config.values).clone())
                .insert(name.to_owned(), value);
            config.keys.push(SpannedText::new(name.into(), range));
        }
        if let Some(values) = values {
            config.values = values.into();
        }
        config
    }
}

/// A column of a model, seed, snapshot, source table, ...
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnProperties {
    /// What a node gets; its description is a template.
    pub column: Column,
    /// The name's place.
    pub name_range: SourceRange,
    /// The description's place.
    pub description_range: Option<SourceRange>,
    /// The entry's place.
    pub range: SourceRange,
    /// Tests declared on it.
    pub tests: Vec<TestEntry>,
}

impl ColumnProperties {
    pub(super) fn read_all(reader: &mut Reader<'_>, node: Option<YamlNode<'_>>) -> Vec<Self> {
        reader
            .items(node, "`columns`")
            .into_iter()
            .filter_map(|item| Self::read(reader, item))
            .collect()
    }

    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        // Keys that dbt has no name for are kept, so that only likely slips are reported.
        let fields = reader.mapping(node, "a column")?;
        let name = read_name(reader, &fields, "a column")?;
        let mut extra = JsonMap::new();
        for (key, range, value) in fields.entries() {
            if !COLUMN.contains(key) {
                if base::did_you_mean(key, COLUMN).is_some() {
                    reader.unknown_key(key, *range, "a column", COLUMN);
                }
                extra.insert((*key).to_owned(), reader.json(*value));
            }
        }
        reader.refuse_empty(&fields, &WITH_VALUE);
        reader.refuse_empty(&fields, &["tags"]);
        let description = reader.raw_text(fields.get("description"), "`description`");
        let config = ConfigProperties::read(reader, &fields);
        let tags = reader.names(fields.get("tags"), "`tags`");
        let config_tags = config_tags(&config.values);
        let column = Column {
            data_type: reader
                .text(fields.get("data_type"), "`data_type`")
                .map(|text| text.value),
            quote: reader.bool(fields.get("quote"), "`quote`"),
            constraints: read_constraints(reader, &fields),
            tags: without_duplicates(tags.iter().chain(config_tags.iter())),
            meta: merged_meta(reader, &fields, &config),
            config_extra: config
                .values
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "meta" | "tags"))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            granularity: reader
                .text(fields.get("granularity"), "`granularity`")
                .map(|text| text.value),
            doc_blocks: Arc::default(),
            extra: extra.into(),
            name: name.value,
            description: description
                .as_ref()
                .map(|text| Arc::clone(&text.value))
                .unwrap_or_default(),
        };
        Some(Self {
            name_range: name.range,
            description_range: description.map(|text| text.range),
            range: node.range(),
            tests: TestEntry::read_all(reader, &fields),
            column,
        })
    }
}

fn merged_meta(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    config: &ConfigProperties,
) -> JsonObject {
    let meta = reader.object(fields.get("meta"), "`meta`");
    match config.values.get("meta") {
        Some(Value::Object(own)) => {
            let mut merged = meta.into_map();
            merged.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
            merged.into()
        }
        _ => meta,
    }
}

fn config_tags(config: &JsonObject) -> Names {
    match config.get("tags") {
        Some(Value::String(tag)) => [Arc::from(tag.as_str())].into(),
        Some(Value::Array(tags)) => tags
            .iter()
            .filter_map(Value::as_str)
            .map(Arc::from)
            .collect(),
        _ => Names::default(),
    }
}

/// In the order of their first appearance.
pub(super) fn without_duplicates<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> Names {
    let mut out: Vec<Arc<str>> = Vec::new();
    for name in names {
        if !out.contains(name) {
            out.push(Arc::clone(name));
        }
    }
    out.into()
}

/// The name of an entry; without one, it cannot be read.
pub(super) fn read_name(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    what: &str,
) -> Option<SpannedText> {
    let name = reader.text(fields.get("name"), "`name`");
    if name.is_none() {
        let start = fields.node.range().start;
        // The first key, since the whole entry would be too much to underline.
        let range = fields
            .entries()
            .next()
            .map_or(SourceRange::at(start), |(_, range, _)| *range);
        reader.error("missing-key", range, format!("{what} needs a `name`"));
    }
    name
}

/// `constraints:` of a column or model.
pub(super) fn read_constraints(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Arc<[Constraint]> {
    const KEYS: [&str; 8] = [
        "type",
        "name",
        "expression",
        "warn_unenforced",
        "warn_unsupported",
        "to",
        "to_columns",
        "columns",
    ];
    let items = reader.items(entry.get("constraints"), "`constraints`");
    items
        .into_iter()
        .filter_map(|item| {
            let fields = reader.fields(item, "a constraint", &KEYS)?;
            let kind = reader.text(fields.get("type"), "`type`");
            let Some(known) = kind
                .as_ref()
                .and_then(|kind| ConstraintKind::from_name(&kind.value))
            else {
                let range = kind.map_or(item.range(), |kind| kind.range);
                let known: Vec<_> = ConstraintKind::ALL.iter().map(|kind| kind.name()).collect();
                let message = format!("a constraint's `type` is one of {}", known.join(", "));
                reader.error("wrong-value", range, message);
                return None;
            };
            let mut text = |key: &str| {
                reader
                    .text(fields.get(key), &format!("`{key}`"))
                    .map(|text| text.value)
            };
            let (name, expression, to) = (text("name"), text("expression"), text("to"));
            let mut bool = |key: &str| reader.bool(fields.get(key), &format!("`{key}`"));
            Some(Constraint {
                kind: known,
                name,
                expression,
                warn_unenforced: bool("warn_unenforced").unwrap_or(true),
                warn_unsupported: bool("warn_unsupported").unwrap_or(true),
                to,
                to_columns: reader.names(fields.get("to_columns"), "`to_columns`"),
                columns: reader.names(fields.get("columns"), "`columns`"),
            })
        })
        .collect()
}
