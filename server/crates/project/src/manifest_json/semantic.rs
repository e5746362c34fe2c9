//! Metrics, semantic models and saved queries as manifest.json has them.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{ConfigJson, DependsOnJson, RefsJson};
use crate::node::{ResourceType, SemanticNode};

/// One of them, as under `metrics`, `semantic_models` or `saved_queries`.
#[derive(Debug, Clone, Copy)]
pub struct SemanticJson<'a> {
    /// The node.
    pub node: &'a SemanticNode,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

impl Serialize for SemanticJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NONE: [&str; 0] = [];
        let node = self.node;
        let kind = node.resource_type();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", kind.name())?;
        map.serialize_entry("package_name", &node.package_name)?;
        map.serialize_entry("path", &node.path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", &node.unique_id)?;
        map.serialize_entry("fqn", &node.fqn)?;
        map.serialize_entry("description", &node.description)?;
        for (key, value) in node.body.iter() {
            map.serialize_entry(key, value)?;
        }
        if kind == ResourceType::Metric {
            map.serialize_entry("meta", &*node.meta)?;
            map.serialize_entry("sources", &NONE)?;
            map.serialize_entry("metrics", &NONE)?;
        }
        if kind != ResourceType::SemanticModel {
            map.serialize_entry("tags", &node.tags)?;
        }
        map.serialize_entry("config", &ConfigJson(&node.config))?;
        map.serialize_entry("unrendered_config", &*node.unrendered_config)?;
        map.serialize_entry("depends_on", &DependsOnJson(&node.depends_on))?;
        map.serialize_entry("refs", &RefsJson(&node.refs))?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("group", &node.group())?;
        map.end()
    }
}
