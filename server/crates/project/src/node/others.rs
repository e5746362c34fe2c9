//! What a project declares beside nodes and sources: macros, docs blocks, groups, exposures, unit tests.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Config, DependsOn, Docs, Language, Names, NodeVersion, RefArgs, SourceArgs, UniqueId};
use crate::{
    checksum::sha256_hex,
    json::JsonObject,
    python_text::{python_repr, python_str},
};

/// A macro, a generic test's macro or a materialization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroNode {
    /// `macro.shop.cents_to_dollars`
    pub unique_id: UniqueId,
    /// With dbt's prefix: `test_unique`, `materialization_table_default`.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to its project; dbt writes the same under both names.
    pub original_file_path: Arc<str>,
    /// From `{% macro` to `%}`.
    pub macro_sql: Arc<str>,
    /// Macros it calls.
    pub depends_on: Arc<[UniqueId]>,
    /// Rendered.
    pub description: Arc<str>,
    /// Of its properties.
    pub meta: JsonObject,
    /// How it shows up in the documentation.
    pub docs: Docs,
    /// `package://path` of the properties that describe it.
    pub patch_path: Option<Arc<str>>,
    /// As properties describe them.
    pub arguments: Arc<[MacroArgument]>,
    /// Of a materialization that says so.
    pub supported_languages: Option<Arc<[Language]>>,
}

/// An argument of a macro, as properties describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroArgument {
    /// Its name.
    pub name: Arc<str>,
    /// Free text.
    pub data_type: Option<Arc<str>>,
    /// Rendered.
    pub description: Arc<str>,
}

/// A `{% docs %}` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocBlock {
    /// `doc.shop.orders`
    pub unique_id: UniqueId,
    /// As in `doc('orders')`.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the docs path it was found under.
    pub path: Arc<str>,
    /// Relative to its project.
    pub original_file_path: Arc<str>,
    /// Stripped of white space at both ends.
    pub block_contents: Arc<str>,
}

/// Who owns a group or an exposure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Owner {
    /// A name.
    pub name: Option<Arc<str>>,
    /// An address, or a list of them.
    #[serde(with = "crate::json")]
    pub email: Value,
    /// Further keys.
    pub extra: JsonObject,
}

/// A group of models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// `group.shop.finance`
    pub unique_id: UniqueId,
    /// As in `group: finance`.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the resource path it was found under.
    pub path: Arc<str>,
    /// Relative to its project.
    pub original_file_path: Arc<str>,
    /// Who owns it.
    pub owner: Owner,
    /// As written.
    pub description: Option<Arc<str>>,
    /// What applies.
    pub config: Config,
}

/// Something outside that uses the project's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// `exposure.shop.weekly_report`
    pub unique_id: UniqueId,
    /// Letters, digits and underscores.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the resource path it was found under.
    pub path: Arc<str>,
    /// Relative to its project.
    pub original_file_path: Arc<str>,
    /// Package, folders, name.
    pub fqn: Names,
    /// `dashboard`, `notebook`, `analysis`, `ml`, `application`
    pub kind: Arc<str>,
    /// Who owns it.
    pub owner: Owner,
    /// Rendered.
    pub description: Arc<str>,
    /// For people.
    pub label: Option<Arc<str>>,
    /// `low`, `medium`, `high`
    pub maturity: Option<Arc<str>>,
    /// Merged.
    pub meta: JsonObject,
    /// Merged.
    pub tags: Names,
    /// What applies.
    pub config: Config,
    /// The same before Jinja was rendered.
    pub unrendered_config: JsonObject,
    /// Where to find it.
    pub url: Option<Arc<str>>,
    /// Resolved.
    pub depends_on: DependsOn,
    /// In the order written.
    pub refs: Arc<[RefArgs]>,
    /// In the order written.
    pub sources: Arc<[SourceArgs]>,
    /// In the order written.
    pub metrics: Arc<[Names]>,
}

/// How the rows of a fixture are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FixtureFormat {
    Csv,
    #[default]
    Dict,
    Sql,
}

impl FixtureFormat {
    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Dict => "dict",
            Self::Sql => "sql",
        }
    }

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Csv, Self::Dict, Self::Sql]
            .into_iter()
            .find(|format| format.name() == name)
    }
}

/// Rows for a unit test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fixture {
    /// A list of objects, or SQL.
    #[serde(with = "crate::json")]
    pub rows: Value,
    /// How the rows were written.
    pub format: FixtureFormat,
    /// The file they come from.
    pub fixture: Option<Arc<str>>,
}

/// Rows in place of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixtureInput {
    /// `ref(..)`, `source(..)` or `this`.
    pub input: Arc<str>,
    /// What it holds.
    pub fixture: Fixture,
}

/// What is pretended while a unit test runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnitTestOverrides {
    /// Results of macros by name.
    pub macros: JsonObject,
    /// Project variables.
    pub vars: JsonObject,
    /// Environment variables.
    pub env_vars: JsonObject,
}

/// Which versions of a model a unit test is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VersionFilter {
    /// Only these.
    pub include: Option<Vec<NodeVersion>>,
    /// All but these.
    pub exclude: Option<Vec<NodeVersion>>,
}

/// A unit test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitTest {
    /// `unit_test.shop.orders.counts_items`
    pub unique_id: UniqueId,
    /// As written.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the resource path it was found under.
    pub path: Arc<str>,
    /// Relative to its project.
    pub original_file_path: Arc<str>,
    /// Package, folders, model, name.
    pub fqn: Names,
    /// The model under test.
    pub model: Arc<str>,
    /// Its inputs.
    pub given: Arc<[FixtureInput]>,
    /// Its output.
    pub expect: Fixture,
    /// As written.
    pub description: Arc<str>,
    /// What is pretended.
    pub overrides: Option<UnitTestOverrides>,
    /// Resolved: the model, and after a build its inputs.
    pub depends_on: DependsOn,
    /// What applies.
    pub config: Config,
    /// Of its content.
    pub checksum: Option<Arc<str>>,
    /// Of the model.
    pub schema: Option<Arc<str>>,
    /// Which versions of the model are meant.
    pub versions: Option<VersionFilter>,
    /// The version this instance tests.
    pub version: Option<NodeVersion>,
}

impl UnitTest {
    /// The name that lists and the lines of a run show: `counts_items`, `counts_items_v2`.
    #[must_use]
    pub fn search_name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}_v{version}", self.name),
            None => self.name.to_string(),
        }
    }

    /// Of all that decides its outcome. dbt hashes what Python prints of it, and so does this.
    #[must_use]
    pub fn content_checksum(&self) -> String {
        let fixture = |fixture: &Fixture| {
            let (rows, format) = (python_repr(&fixture.rows), fixture.format.name());
            let class = match fixture.format {
                FixtureFormat::Csv => "CSV",
                FixtureFormat::Dict => "Dict",
                FixtureFormat::Sql => "SQL",
            };
            let file = python_repr(&fixture.fixture.as_deref().into());
            format!("rows={rows}, format=<UnitTestFormat.{class}: '{format}'>, fixture={file})")
        };
        let given = self.given.iter().map(|given| {
            let input = python_repr(&(*given.input).into());
            format!(
                "UnitTestInputFixture(input={input}, {}",
                fixture(&given.fixture)
            )
        });
        let given = given.collect::<Vec<_>>().join(", ");
        let overrides = self.overrides.as_ref().map(|it| {
            let shown = |map: &JsonObject| python_repr(&Value::Object((**map).clone()));
            let (macros, vars) = (shown(&it.macros), shown(&it.vars));
            let env_vars = shown(&it.env_vars);
            format!("UnitTestOverrides(macros={macros}, vars={vars}, env_vars={env_vars})")
        });
        let versions = self.versions.as_ref().map(|it| {
            let list = |versions: &Option<Vec<NodeVersion>>| {
                let versions = versions.as_ref()?.iter().map(|version| match version {
                    NodeVersion::Int(number) => number.to_string(),
                    NodeVersion::Float(text) => text.to_string(),
                    NodeVersion::Text(text) => python_repr(&(**text).into()),
                });
                Some(format!("[{}]", versions.collect::<Vec<_>>().join(", ")))
            };
            let shown = |versions| list(versions).unwrap_or_else(none);
            let (include, exclude) = (shown(&it.include), shown(&it.exclude));
            format!("UnitTestNodeVersions(include={include}, exclude={exclude})")
        });
        let mut text = format!(
            "{}-{}-[{given}]-UnitTestOutputFixture({}-{}",
            self.model,
            versions.unwrap_or_else(none),
            fixture(&self.expect),
            overrides.unwrap_or_else(none)
        );
        for given in self.given.iter().filter(|it| it.fixture.fixture.is_some()) {
            text.push('-');
            text.push_str(&python_str(&given.fixture.rows));
        }
        sha256_hex(text.as_bytes())
    }
}

fn none() -> String {
    "None".to_owned()
}
