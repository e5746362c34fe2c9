//! Macros, docs blocks, groups, exposures and unit tests in a manifest.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    ConfigJson, DependsOnJson, DocsJson, MacrosJson, RefsJson, SourceArgsJson, VersionJson,
};
use crate::{
    json::JsonObject,
    node::{
        DocBlock, Docs, Exposure, Fixture, FixtureInput, Group, MacroNode, Owner, UnitTest,
        VersionFilter,
    },
};

/// A macro, as under `macros`.
#[derive(Debug, Clone, Copy)]
pub struct MacroJson<'a> {
    /// The macro.
    pub node: &'a MacroNode,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

/// A docs block, as under `docs`.
#[derive(Debug, Clone, Copy)]
pub struct DocBlockJson<'a>(pub &'a DocBlock);

/// A group, as under `groups`.
#[derive(Debug, Clone, Copy)]
pub struct GroupJson<'a>(pub &'a Group);

/// An exposure, as under `exposures`.
#[derive(Debug, Clone, Copy)]
pub struct ExposureJson<'a> {
    /// The exposure.
    pub node: &'a Exposure,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

/// A unit test, as under `unit_tests`.
#[derive(Debug, Clone, Copy)]
pub struct UnitTestJson<'a> {
    /// The unit test.
    pub node: &'a UnitTest,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
}

impl Serialize for MacroJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Argument<'a> {
            name: &'a str,
            r#type: Option<&'a str>,
            description: &'a str,
        }
        let node = self.node;
        let arguments: Vec<_> = node
            .arguments
            .iter()
            .map(|argument| Argument {
                name: &argument.name,
                r#type: argument.data_type.as_deref(),
                description: &argument.description,
            })
            .collect();
        let languages: Option<Vec<_>> = node
            .supported_languages
            .as_ref()
            .map(|languages| languages.iter().map(|language| language.name()).collect());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", "macro")?;
        map.serialize_entry("package_name", &node.package_name)?;
        map.serialize_entry("path", &node.original_file_path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", &node.unique_id)?;
        map.serialize_entry("macro_sql", &node.macro_sql)?;
        map.serialize_entry("depends_on", &MacrosJson(&node.depends_on))?;
        map.serialize_entry("description", &node.description)?;
        map.serialize_entry("meta", &*node.meta)?;
        map.serialize_entry("docs", &DocsJson(&node.docs))?;
        map.serialize_entry("config", &MacroConfigJson(&node.meta, &node.docs))?;
        map.serialize_entry("patch_path", &node.patch_path)?;
        map.serialize_entry("arguments", &arguments)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("supported_languages", &languages)?;
        map.end()
    }
}

struct MacroConfigJson<'a>(&'a JsonObject, &'a Docs);

impl Serialize for MacroConfigJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("meta", &**self.0)?;
        map.serialize_entry("docs", &DocsJson(self.1))?;
        map.end()
    }
}

impl Serialize for DocBlockJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let block = self.0;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("name", &block.name)?;
        map.serialize_entry("resource_type", "doc")?;
        map.serialize_entry("package_name", &block.package_name)?;
        map.serialize_entry("path", &block.path)?;
        map.serialize_entry("original_file_path", &block.original_file_path)?;
        map.serialize_entry("unique_id", &block.unique_id)?;
        map.serialize_entry("block_contents", &block.block_contents)?;
        map.end()
    }
}

impl Serialize for GroupJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let group = self.0;
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("name", &group.name)?;
        map.serialize_entry("resource_type", "group")?;
        map.serialize_entry("package_name", &group.package_name)?;
        map.serialize_entry("path", &group.path)?;
        map.serialize_entry("original_file_path", &group.original_file_path)?;
        map.serialize_entry("unique_id", &group.unique_id)?;
        map.serialize_entry("owner", &OwnerJson(&group.owner))?;
        map.serialize_entry("description", &group.description)?;
        map.serialize_entry("config", &ConfigJson(&group.config))?;
        map.end()
    }
}

struct OwnerJson<'a>(&'a Owner);

impl Serialize for OwnerJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("email", &self.0.email)?;
        map.serialize_entry("name", &self.0.name)?;
        for (key, value) in self.0.extra.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for ExposureJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let node = self.node;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", "exposure")?;
        map.serialize_entry("package_name", &node.package_name)?;
        map.serialize_entry("path", &node.path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", &node.unique_id)?;
        map.serialize_entry("fqn", &node.fqn)?;
        map.serialize_entry("type", &node.kind)?;
        map.serialize_entry("owner", &OwnerJson(&node.owner))?;
        map.serialize_entry("description", &node.description)?;
        map.serialize_entry("label", &node.label)?;
        map.serialize_entry("maturity", &node.maturity)?;
        map.serialize_entry("meta", &*node.meta)?;
        map.serialize_entry("tags", &node.tags)?;
        map.serialize_entry("config", &ConfigJson(&node.config))?;
        map.serialize_entry("unrendered_config", &*node.unrendered_config)?;
        map.serialize_entry("url", &node.url)?;
        map.serialize_entry("depends_on", &DependsOnJson(&node.depends_on))?;
        map.serialize_entry("refs", &RefsJson(&node.refs))?;
        map.serialize_entry("sources", &SourceArgsJson(&node.sources))?;
        map.serialize_entry("metrics", &node.metrics)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.end()
    }
}

impl Serialize for UnitTestJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let node = self.node;
        let given: Vec<_> = node.given.iter().map(InputJson).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &node.model)?;
        map.serialize_entry("given", &given)?;
        map.serialize_entry("expect", &FixtureJson(&node.expect))?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", "unit_test")?;
        map.serialize_entry("package_name", &node.package_name)?;
        map.serialize_entry("path", &node.path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", &node.unique_id)?;
        map.serialize_entry("fqn", &node.fqn)?;
        map.serialize_entry("description", &node.description)?;
        map.serialize_entry("overrides", &node.overrides)?;
        map.serialize_entry("depends_on", &DependsOnJson(&node.depends_on))?;
        map.serialize_entry("config", &ConfigJson(&node.config))?;
        map.serialize_entry("checksum", &node.checksum)?;
        map.serialize_entry("schema", &node.schema)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("versions", &node.versions.as_ref().map(VersionFilterJson))?;
        map.serialize_entry("version", &node.version.as_ref().map(VersionJson))?;
        map.end()
    }
}

struct InputJson<'a>(&'a FixtureInput);

impl Serialize for InputJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("input", &self.0.input)?;
        fixture(&mut map, &self.0.fixture)?;
        map.end()
    }
}

struct FixtureJson<'a>(&'a Fixture);

impl Serialize for FixtureJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        fixture(&mut map, self.0)?;
        map.end()
    }
}

fn fixture<M: SerializeMap>(map: &mut M, fixture: &Fixture) -> Result<(), M::Error> {
    map.serialize_entry("rows", &fixture.rows)?;
    map.serialize_entry("format", fixture.format.name())?;
    map.serialize_entry("fixture", &fixture.fixture)
}

struct VersionFilterJson<'a>(&'a VersionFilter);

impl Serialize for VersionFilterJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = |versions: &'_ Option<Vec<_>>| -> Option<Vec<serde_json::Value>> {
            let versions = versions.as_ref()?;
            Some(
                versions
                    .iter()
                    .map(|version| serde_json::to_value(VersionJson(version)).unwrap_or_default())
                    .collect(),
            )
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("include", &list(&self.0.include))?;
        map.serialize_entry("exclude", &list(&self.0.exclude))?;
        map.end()
    }
}
