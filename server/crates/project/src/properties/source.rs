//! `sources:` and their tables.

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};

use super::{
    entry::{ColumnProperties, ConfigProperties, read_name},
    keys::{TABLE, WITH_VALUE, entry_keys},
    test_entry::TestEntry,
};
use crate::{
    json::JsonObject,
    node::{FreshnessThreshold, FreshnessTime, Names, Quoting, ResourceType, TimePeriod},
    reading::{Fields, Reader, SpannedText},
    yaml::YamlNode,
};

/// A source, or an override of another package's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceProperties {
    /// As in `source('raw', 'orders')`.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// Rendered; the target's if not given.
    pub database: Option<SpannedText>,
    /// Rendered; the source's name if not given.
    pub schema: Option<SpannedText>,
    /// `database:` before Jinja was rendered.
    pub unrendered_database: Option<Arc<str>>,
    /// `schema:` before Jinja was rendered.
    pub unrendered_schema: Option<Arc<str>>,
    /// Who loads it.
    pub loader: Option<Arc<str>>,
    /// Which parts of the tables' names are quoted.
    pub quoting: Quoting,
    /// When data is too old.
    pub freshness: FreshnessSetting,
    /// Where its data's age is.
    pub loaded_at_field: Option<Arc<str>>,
    /// A query for its data's age.
    pub loaded_at_query: Option<Arc<str>>,
    /// For all tables.
    pub meta: JsonObject,
    /// For all tables.
    pub tags: Names,
    /// For all tables.
    pub config: ConfigProperties,
    /// The package whose source of this name is changed.
    pub overrides: Option<SpannedText>,
    /// In the order written.
    pub tables: Vec<TableProperties>,
}

/// A table of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableProperties {
    /// As in `source('raw', 'orders')`.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// The table's name in the warehouse.
    pub identifier: Option<SpannedText>,
    /// Which parts of its name are quoted.
    pub quoting: Quoting,
    /// When data is too old.
    pub freshness: FreshnessSetting,
    /// Where its data's age is.
    pub loaded_at_field: Option<Arc<str>>,
    /// Whether it says anything about that, null included.
    pub has_loaded_at_field: bool,
    /// A query for its data's age.
    pub loaded_at_query: Option<Arc<str>>,
    /// `external:`, with all its keys.
    pub external: Option<JsonObject>,
    /// Beside the source's.
    pub meta: JsonObject,
    /// Beside the source's.
    pub tags: Names,
    /// Over the source's.
    pub config: ConfigProperties,
    /// In the order written.
    pub columns: Vec<ColumnProperties>,
    /// On the table itself.
    pub tests: Vec<TestEntry>,
}

/// `freshness:`; null is not the same as not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FreshnessSetting {
    /// Not given: inherited.
    #[default]
    Unset,
    /// `freshness: null`
    Off,
    /// When data is too old.
    Threshold(FreshnessThreshold),
}

impl SourceProperties {
    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a source", entry_keys(ResourceType::Source))?;
        let name = read_name(reader, &fields, "a source")?;
        // What overrides another source may leave things empty.
        let is_patch = fields.get("overrides").is_some();
        if !is_patch {
            reader.refuse_empty(&fields, &WITH_VALUE);
            reader.refuse_empty(&fields, &["tags", "overrides"]);
        }
        let raw = |key: &str| fields.get(key).and_then(YamlNode::raw).map(Arc::from);
        let tables = reader.items(fields.get("tables"), "`tables`");
        Some(Self {
            range: node.range(),
            description: reader.raw_text(fields.get("description"), "`description`"),
            database: reader.text(fields.get("database"), "`database`"),
            schema: reader.text(fields.get("schema"), "`schema`"),
            unrendered_database: raw("database"),
            unrendered_schema: raw("schema"),
            loader: reader
                .text(fields.get("loader"), "`loader`")
                .map(|text| text.value),
            quoting: read_quoting(reader, &fields),
            freshness: FreshnessSetting::read(reader, &fields),
            loaded_at_field: reader
                .text(fields.get("loaded_at_field"), "`loaded_at_field`")
                .map(|text| text.value),
            loaded_at_query: reader
                .raw_text(fields.get("loaded_at_query"), "`loaded_at_query`")
                .map(|text| text.value),
            meta: reader.object(fields.get("meta"), "`meta`"),
            tags: reader.names(fields.get("tags"), "`tags`"),
            config: ConfigProperties::read(reader, &fields),
            overrides: reader.text(fields.get("overrides"), "`overrides`"),
            tables: tables
                .into_iter()
                .filter_map(|table| TableProperties::read(reader, table, is_patch))
                .collect(),
            name,
        })
    }
}

impl TableProperties {
    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>, is_patch: bool) -> Option<Self> {
        let fields = reader.fields(node, "a source's table", &TABLE)?;
        let name = read_name(reader, &fields, "a source's table")?;
        if !is_patch {
            reader.refuse_empty(&fields, &WITH_VALUE);
            reader.refuse_empty(&fields, &["tags"]);
        }
        Some(Self {
            range: node.range(),
            description: reader.raw_text(fields.get("description"), "`description`"),
            identifier: reader.text(fields.get("identifier"), "`identifier`"),
            quoting: read_quoting(reader, &fields),
            freshness: FreshnessSetting::read(reader, &fields),
            loaded_at_field: reader
                .text(fields.get("loaded_at_field"), "`loaded_at_field`")
                .map(|text| text.value),
            has_loaded_at_field: fields.get_or_null("loaded_at_field").is_some(),
            loaded_at_query: reader
                .raw_text(fields.get("loaded_at_query"), "`loaded_at_query`")
                .map(|text| text.value),
            external: fields
                .get("external")
                .map(|node| reader.object(Some(node), "`external`")),
            meta: reader.object(fields.get("meta"), "`meta`"),
            tags: reader.names(fields.get("tags"), "`tags`"),
            config: ConfigProperties::read(reader, &fields),
            columns: ColumnProperties::read_all(reader, fields.get("columns")),
            tests: TestEntry::read_all(reader, &fields),
            name,
        })
    }
}

impl FreshnessSetting {
    fn read(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Self {
        match entry.get_or_null("freshness") {
            None => Self::Unset,
            Some(node) if node.is_null() => Self::Off,
            Some(node) => Self::Threshold(read_threshold(reader, node)),
        }
    }
}

fn read_threshold(reader: &mut Reader<'_>, node: YamlNode<'_>) -> FreshnessThreshold {
    const KEYS: [&str; 3] = ["warn_after", "error_after", "filter"];
    let Some(fields) = reader.fields(node, "`freshness`", &KEYS) else {
        return FreshnessThreshold::default();
    };
    FreshnessThreshold {
        warn_after: read_time(reader, &fields, "warn_after"),
        error_after: read_time(reader, &fields, "error_after"),
        filter: reader
            .text(fields.get("filter"), "`filter`")
            .map(|text| text.value),
    }
}

/// `None` where it was set to null; not given is a time without parts.
fn read_time(reader: &mut Reader<'_>, entry: &Fields<'_>, key: &str) -> Option<FreshnessTime> {
    let Some(node) = entry.get_or_null(key) else {
        return Some(FreshnessTime::default());
    };
    if node.is_null() {
        return None;
    }
    let fields = reader.fields(node, &format!("`{key}`"), &["count", "period"])?;
    let period = reader.text(fields.get("period"), "`period`");
    if let Some(period) = &period
        && TimePeriod::from_name(&period.value).is_none()
    {
        let message = format!("`{}` is no period; use minute, hour or day", period.value);
        reader.error("wrong-value", period.range, message);
    }
    Some(FreshnessTime {
        count: reader.integer(fields.get("count"), "`count`"),
        period: period.and_then(|period| TimePeriod::from_name(&period.value)),
    })
}

fn read_quoting(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Quoting {
    Quoting::from_json(&reader.quoting(entry.get("quoting")))
}
