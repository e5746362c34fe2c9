//! Sources in a manifest.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{ColumnsJson, ConfigJson};
use crate::{
    json::JsonObject,
    node::{FreshnessThreshold, FreshnessTime, Quoting, Source, TimePeriod},
};

/// A source, as under `sources`.
#[derive(Debug, Clone, Copy)]
pub struct SourceJson<'a> {
    /// The source.
    pub source: &'a Source,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

impl Serialize for SourceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let source = self.source;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("database", &source.database)?;
        map.serialize_entry("schema", &source.schema)?;
        map.serialize_entry("name", &source.name)?;
        map.serialize_entry("resource_type", "source")?;
        map.serialize_entry("package_name", &source.package_name)?;
        map.serialize_entry("path", &source.original_file_path)?;
        map.serialize_entry("original_file_path", &source.original_file_path)?;
        map.serialize_entry("unique_id", &source.unique_id)?;
        map.serialize_entry("fqn", &source.fqn)?;
        map.serialize_entry("source_name", &source.source_name)?;
        map.serialize_entry("source_description", &source.source_description)?;
        map.serialize_entry("loader", &source.loader)?;
        map.serialize_entry("identifier", &source.identifier)?;
        map.serialize_entry("quoting", &QuotingJson(source.quoting))?;
        map.serialize_entry("loaded_at_field", &source.loaded_at_field)?;
        map.serialize_entry("loaded_at_query", &source.loaded_at_query)?;
        map.serialize_entry("freshness", &source.freshness.as_ref().map(FreshnessJson))?;
        map.serialize_entry("external", &source.external.as_ref().map(ExternalJson))?;
        map.serialize_entry("description", &source.description)?;
        map.serialize_entry("columns", &ColumnsJson(&source.columns))?;
        map.serialize_entry("meta", &*source.meta)?;
        map.serialize_entry("source_meta", &*source.source_meta)?;
        map.serialize_entry("tags", &source.tags)?;
        map.serialize_entry("config", &ConfigJson(&source.config))?;
        map.serialize_entry("patch_path", &source.patch_path)?;
        map.serialize_entry("unrendered_config", &*source.unrendered_config)?;
        map.serialize_entry("relation_name", &source.relation_name)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("unrendered_database", &source.unrendered_database)?;
        map.serialize_entry("unrendered_schema", &source.unrendered_schema)?;
        map.serialize_entry("doc_blocks", &source.doc_blocks)?;
        map.end()
    }
}

struct QuotingJson(Quoting);

impl Serialize for QuotingJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("database", &self.0.database)?;
        map.serialize_entry("schema", &self.0.schema)?;
        map.serialize_entry("identifier", &self.0.identifier)?;
        map.serialize_entry("column", &self.0.column)?;
        map.end()
    }
}

struct FreshnessJson<'a>(&'a FreshnessThreshold);

impl Serialize for FreshnessJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("warn_after", &self.0.warn_after.as_ref().map(TimeJson))?;
        map.serialize_entry("error_after", &self.0.error_after.as_ref().map(TimeJson))?;
        map.serialize_entry("filter", &self.0.filter)?;
        map.end()
    }
}

struct TimeJson<'a>(&'a FreshnessTime);

impl Serialize for TimeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("count", &self.0.count)?;
        map.serialize_entry("period", &self.0.period.map(TimePeriod::name))?;
        map.end()
    }
}

/// The keys dbt knows first, null where not given, then the others.
struct ExternalJson<'a>(&'a JsonObject);

impl Serialize for ExternalJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const KNOWN: [&str; 5] = [
            "location",
            "file_format",
            "row_format",
            "tbl_properties",
            "partitions",
        ];
        let mut map = serializer.serialize_map(None)?;
        for key in KNOWN {
            map.serialize_entry(key, self.0.get(key).unwrap_or(&Value::Null))?;
        }
        for (key, value) in self
            .0
            .iter()
            .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl FreshnessThreshold {
    /// As a `freshness` configuration.
    #[must_use]
    pub fn to_json(&self) -> Value {
        // Texts, numbers and nulls: nothing of it can fail.
        serde_json::to_value(FreshnessJson(self)).unwrap_or_default()
    }
}
