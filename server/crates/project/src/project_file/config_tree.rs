//! The configuration of resources in `dbt_project.yml`, by package and folder.
//!
//! ```yaml
//! models:
//!   +materialized: view
//!   shop:
//!     staging: {+tags: nightly}
//! ```
//!
//! A key with a `+`, or with a value that is no mapping, configures; any other is a package, folder or resource.

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    json::{JsonMap, JsonObject},
    node::{Names, ResourceType},
    properties::config_keys,
    reading::{Fields, Reader},
    yaml::{Shape, YamlNode},
};

/// One section: `models:`, `seeds:`, ...
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigTree {
    /// `data_tests` for `tests`, too.
    pub section: Arc<str>,
    /// Jinja rendered, but for hooks.
    pub rendered: JsonObject,
    /// As written.
    pub unrendered: JsonObject,
    /// The packages, folders and resources that are named.
    pub paths: Vec<ConfigPath>,
}

/// A package, folder or resource named in a section.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfigPath {
    /// From the package on.
    pub path: Names,
    /// The last name's bytes.
    pub range: SourceRange,
}

impl ConfigTree {
    /// The paths, from the package on, at which something is configured.
    pub fn configured(&self) -> Vec<Names> {
        let mut found = Vec::new();
        configured(&self.unrendered, &mut Vec::new(), &mut found);
        found
    }
}

fn configured(map: &JsonMap, path: &mut Vec<Arc<str>>, found: &mut Vec<Names>) {
    let is_nested = |(key, value): &(&String, &Value)| value.is_object() && !key.starts_with('+');
    if !map.iter().all(|entry| is_nested(&entry)) {
        found.push(path.as_slice().into());
    }
    for (key, value) in map.iter().filter(is_nested) {
        path.push(key.as_str().into());
        configured(value.as_object().unwrap_or(&JsonMap::new()), path, found);
        path.pop();
    }
}

const SECTIONS: [(&str, ResourceType); 12] = [
    ("models", ResourceType::Model),
    ("seeds", ResourceType::Seed),
    ("snapshots", ResourceType::Snapshot),
    ("sources", ResourceType::Source),
    ("data_tests", ResourceType::Test),
    ("tests", ResourceType::Test),
    ("unit_tests", ResourceType::UnitTest),
    ("exposures", ResourceType::Exposure),
    ("metrics", ResourceType::Metric),
    ("semantic-models", ResourceType::SemanticModel),
    ("saved-queries", ResourceType::SavedQuery),
    ("functions", ResourceType::Function),
];

/// The section of a kind. What has none of its own (analyses, hooks) is configured as models are.
pub(super) fn section(kind: ResourceType) -> &'static str {
    SECTIONS
        .iter()
        .find(|(_, known)| *known == kind)
        .map_or("models", |(section, _)| section)
}

pub(super) fn read_all(reader: &mut Reader<'_>, project: &Fields<'_>) -> Vec<ConfigTree> {
    if let (Some(_), Some(range)) = (project.get("data_tests"), project.key_range("tests")) {
        let message = "both `tests` and `data_tests` are given; move all to `data_tests`";
        reader.error("duplicate-key", range, message);
    }
    let mut trees: Vec<ConfigTree> = Vec::new();
    for (name, kind) in SECTIONS {
        let Some(node) = project.get(name) else {
            continue;
        };
        let is_known = trees.iter().any(|tree| &*tree.section == section(kind));
        if !is_known && let Some(tree) = read(reader, node, kind) {
            trees.push(tree);
        }
    }
    trees
}

fn read(reader: &mut Reader<'_>, node: YamlNode<'_>, kind: ResourceType) -> Option<ConfigTree> {
    let section = section(kind);
    reader.mapping(node, &format!("`{section}`"))?;
    let is_hook = |key: &str| {
        let name = key.trim_start_matches(['+', ' ']);
        matches!(name, "pre-hook" | "post-hook" | "pre_hook" | "post_hook")
    };
    let object = |value: Value| match value {
        Value::Object(map) => map.into(),
        _ => JsonObject::default(),
    };
    let rendered = object(reader.json_except(node, &is_hook));
    let mut paths = Vec::new();
    walk(reader, node, kind, &mut Vec::new(), &mut paths);
    Some(ConfigTree {
        section: section.into(),
        rendered,
        unrendered: object(node.to_json()),
        paths,
    })
}

/// Collects the paths, and reports keys that look like a configuration key with a slip.
fn walk(
    reader: &mut Reader<'_>,
    node: YamlNode<'_>,
    kind: ResourceType,
    path: &mut Vec<Arc<str>>,
    paths: &mut Vec<ConfigPath>,
) {
    for (key, value) in node.entries() {
        let name = key.raw().unwrap_or("");
        if let Some(config) = name.strip_prefix('+') {
            reader.check_config_name(config.trim(), key.range(), || config_keys(kind));
            reader.check_config_type(config.trim(), value, &value.to_json());
        } else if value.shape() == Shape::Mapping {
            path.push(name.into());
            paths.push(ConfigPath {
                path: path.as_slice().into(),
                range: key.range(),
            });
            walk(reader, value, kind, path, paths);
            path.pop();
        }
    }
}

/// What each level on the way to a resource sets.
pub(super) fn levels(root: &JsonMap, fqn: &[Arc<str>]) -> Vec<JsonMap> {
    let mut levels = vec![level(root)];
    let mut at = root;
    for part in fqn {
        let Some(Value::Object(next)) = at.get(&**part) else {
            break;
        };
        levels.push(level(next));
        at = next;
    }
    levels.retain(|level| !level.is_empty());
    levels
}

fn level(map: &JsonMap) -> JsonMap {
    map.iter()
        .filter_map(|(key, value)| match key.strip_prefix('+') {
            Some(name) => Some((name.trim().to_owned(), value.clone())),
            None => (!value.is_object()).then(|| (key.clone(), value.clone())),
        })
        .collect()
}
