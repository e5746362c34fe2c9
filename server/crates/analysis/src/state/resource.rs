//! What of a resource is compared: read from a manifest, or made of the project's own resources by way of the same JSON,
//! so that both sides have gone the same way.

use std::collections::{BTreeMap, BTreeSet};

use project::{
    json::JsonMap,
    manifest_json::{ExposureJson, NodeJson, SemanticJson, SourceJson, UnitTestJson},
    node::UniqueId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifest::Manifest;

/// A resource of any kind; fields that its kind does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the manifest")]
pub struct StateResource {
    pub name: String,
    pub resource_type: String,
    pub fqn: Vec<String>,
    pub database: Option<String>,
    pub schema: Option<String>,
    pub alias: Option<String>,
    pub relation_name: Option<String>,
    pub config: Value,
    pub unrendered_config: JsonMap,
    pub(super) raw_code: Option<String>,
    pub(super) checksum: Value,
    pub(super) description: Option<String>,
    pub(super) columns: BTreeMap<String, StateColumn>,
    pub(super) depends_on: StateDependencies,
    pub(super) test_metadata: Value,
    // models
    pub(super) contract: StateContract,
    pub(super) constraints: Vec<Value>,
    pub(super) access: Value,
    pub(super) version: Value,
    pub(super) latest_version: Value,
    pub(super) deprecation_date: Option<String>,
    // sources
    pub(super) identifier: Option<String>,
    pub(super) quoting: Value,
    pub(super) freshness: Value,
    pub(super) loaded_at_field: Option<String>,
    pub(super) external: Value,
    pub(super) unrendered_database: Option<String>,
    pub(super) unrendered_schema: Option<String>,
    // exposures
    pub(super) r#type: Value,
    pub(super) owner: Value,
    pub(super) maturity: Value,
    pub(super) url: Value,
    pub(super) label: Value,
    // unit tests
    pub(super) model: Value,
    pub(super) given: Value,
    pub(super) expect: Value,
    pub(super) overrides: Value,
    // the semantic layer; `model`, `type` and `label` are above
    pub(super) group: Value,
    pub(super) tags: Value,
    pub(super) defaults: Value,
    pub(super) entities: Value,
    pub(super) dimensions: Value,
    pub(super) measures: Value,
    pub(super) primary_entity: Value,
    pub(super) query_params: Value,
    pub(super) exports: Vec<StateExport>,
}

/// Where a saved query is written to.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct StateExport {
    pub(super) name: String,
    pub(super) unrendered_config: JsonMap,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct StateColumn {
    pub(super) description: Option<String>,
    pub(super) data_type: Option<String>,
    pub(super) constraints: Vec<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct StateDependencies {
    pub(super) nodes: BTreeSet<UniqueId>,
    pub(super) macros: BTreeSet<Option<UniqueId>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct StateContract {
    pub(super) enforced: bool,
    pub(super) checksum: Option<String>,
}

impl StateResource {
    /// A resource of the project as it is; `None` if the manifest has none of this name.
    pub(super) fn of(manifest: &Manifest, id: &UniqueId) -> Option<Self> {
        let created_at = 0.0;
        if let Some(node) = manifest.nodes.get(id) {
            return read(&NodeJson {
                node,
                created_at,
                compiled: None,
            });
        }
        if let Some(source) = manifest.sources.get(id) {
            return read(&SourceJson { source, created_at });
        }
        if let Some(node) = manifest.exposures.get(id) {
            return read(&ExposureJson { node, created_at });
        }
        if let Some(node) = manifest.semantic.get(id) {
            return read(&SemanticJson { node, created_at });
        }
        let node = manifest.unit_tests.get(id)?;
        read(&UnitTestJson { node, created_at })
    }

    /// Whether it is in a relation of its own.
    pub fn is_relation(&self) -> bool {
        matches!(self.resource_type.as_str(), "model" | "seed" | "snapshot")
            && self.materialized() != "ephemeral"
    }

    /// How it is made.
    pub fn materialized(&self) -> &str {
        let materialized = self.config.get("materialized");
        materialized.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_test(&self) -> bool {
        self.resource_type == "test"
    }

    pub(super) fn is_generic_test(&self) -> bool {
        self.is_test() && !self.test_metadata.is_null()
    }
}

/// What we write we can read.
fn read(json: &impl Serialize) -> Option<StateResource> {
    serde_json::from_value(serde_json::to_value(json).ok()?).ok()
}
