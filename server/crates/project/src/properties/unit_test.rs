//! `unit_tests:`

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    entry::{ConfigProperties, read_name},
    keys::{WITH_VALUE, entry_keys},
    model::read_version,
};
use crate::{
    node::{FixtureFormat, ResourceType, UnitTestOverrides, VersionFilter},
    reading::{Fields, Reader, SpannedText},
    yaml::{Shape, YamlNode},
};

/// A unit test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitTestProperties {
    /// Its name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// The model under test.
    pub model: SpannedText,
    /// As written.
    pub description: Option<SpannedText>,
    /// Rows in place of the model's inputs.
    pub given: Vec<InputProperties>,
    /// The rows the model must make of them.
    pub expect: FixtureProperties,
    /// What is pretended.
    pub overrides: Option<UnitTestOverrides>,
    /// Which versions of the model are meant.
    pub versions: Option<VersionFilter>,
    /// `config:`
    pub config: ConfigProperties,
}

/// Rows in place of one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputProperties {
    /// `ref(..)`, `source(..)` or `this`.
    pub input: SpannedText,
    /// What it holds.
    pub fixture: FixtureProperties,
}

/// Rows, as written: CSV text is not taken apart here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FixtureProperties {
    /// A list of objects, or CSV or SQL text; null where `fixture` names a file.
    #[serde(with = "crate::json")]
    pub rows: Value,
    /// How the rows are written.
    pub format: FixtureFormat,
    /// A file under `tests/fixtures`, without its ending.
    pub fixture: Option<SpannedText>,
    /// The bytes of the rows.
    pub rows_range: Option<SourceRange>,
}

impl UnitTestProperties {
    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a unit test", entry_keys(ResourceType::UnitTest))?;
        let name = read_name(reader, &fields, "a unit test")?;
        reader.refuse_empty(&fields, &WITH_VALUE);
        let Some(model) = reader.text(fields.get("model"), "`model`") else {
            reader.error("missing-key", name.range, "a unit test needs a `model`");
            return None;
        };
        let given = reader.items(fields.get("given"), "`given`");
        if fields.get("expect").is_none() {
            reader.error(
                "missing-key",
                name.range,
                "a unit test needs `expect`, the rows the model must make",
            );
        }
        Some(Self {
            range: node.range(),
            description: reader.raw_text(fields.get("description"), "`description`"),
            given: given
                .into_iter()
                .filter_map(|item| InputProperties::read(reader, item))
                .collect(),
            expect: fields
                .get("expect")
                .and_then(|node| {
                    let expect = reader.fields(node, "`expect`", &["rows", "format", "fixture"])?;
                    Some(FixtureProperties::read(reader, &expect))
                })
                .unwrap_or_default(),
            overrides: fields
                .get("overrides")
                .and_then(|node| read_overrides(reader, node)),
            versions: fields
                .get("versions")
                .and_then(|node| read_versions(reader, node)),
            config: ConfigProperties::read_with(reader, &fields, &["enabled", "meta", "tags"]),
            name,
            model,
        })
    }
}

impl InputProperties {
    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "an input", &["input", "rows", "format", "fixture"])?;
        let Some(input) = reader.text(fields.get("input"), "`input`") else {
            let message = "an input needs `input`: a `ref(..)`, a `source(..)` or `this`";
            reader.error("missing-key", node.range(), message);
            return None;
        };
        Some(Self {
            input,
            fixture: FixtureProperties::read(reader, &fields),
        })
    }
}

impl FixtureProperties {
    fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Self {
        let format = reader.text(fields.get("format"), "`format`");
        if let Some(format) = &format
            && FixtureFormat::from_name(&format.value).is_none()
        {
            let message = format!("`{}` is no format; use dict, csv or sql", format.value);
            reader.error("wrong-value", format.range, message);
        }
        let rows = fields.get("rows");
        let is_text = |rows: &YamlNode<'_>| rows.as_text().is_some();
        if let Some(rows) = rows.filter(|it| it.shape() != Shape::Sequence && !is_text(it)) {
            let message = "`rows` must be a list of mappings, or a text of CSV or SQL";
            reader.error("wrong-type", rows.range(), message);
        }
        Self {
            rows: rows.map_or(Value::Null, |node| reader.json(node)),
            format: format
                .and_then(|format| FixtureFormat::from_name(&format.value))
                .unwrap_or_default(),
            fixture: reader.text(fields.get("fixture"), "`fixture`"),
            rows_range: rows.map(YamlNode::range),
        }
    }
}

fn read_overrides(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<UnitTestOverrides> {
    let fields = reader.fields(node, "`overrides`", &["macros", "vars", "env_vars"])?;
    Some(UnitTestOverrides {
        macros: reader.object(fields.get("macros"), "`macros`"),
        vars: reader.object(fields.get("vars"), "`vars`"),
        env_vars: reader.object(fields.get("env_vars"), "`env_vars`"),
    })
}

fn read_versions(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<VersionFilter> {
    let fields = reader.fields(node, "`versions`", &["include", "exclude"])?;
    let mut list = |key: &str| {
        let node = fields.get(key)?;
        let items = reader.items(Some(node), &format!("`{key}`"));
        Some(
            items
                .into_iter()
                .filter_map(|item| read_version(reader, item))
                .collect(),
        )
    };
    Some(VersionFilter {
        include: list("include"),
        exclude: list("exclude"),
    })
}
