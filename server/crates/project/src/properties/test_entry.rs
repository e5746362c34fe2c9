//! Tests declared on models, columns, sources, in all forms dbt takes:
//!
//! ```yaml
//! data_tests:
//!   - unique
//!   - accepted_values: {arguments: {values: [1, 2]}, config: {severity: warn}}
//!   - accepted_values: {values: [1, 2], severity: warn}          # older
//!   - {name: my_test, test_name: dbt_utils.not_empty_string}     # flat
//! ```

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keys::config_keys;
use crate::{
    json::{JsonMap, JsonObject},
    node::ResourceType,
    reading::{Fields, Reader, Spanned, SpannedText, is_template},
    yaml::{Shape, YamlNode},
};

/// One test, as written; `crate::generic_tests` makes a node of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestEntry {
    /// The test, with its package if one is written: `dbt_utils.unique_combination_of_columns`.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// Its keys as written: arguments, and `arguments`, `config`, `name`, ... beside them. Templates stay templates.
    pub args: JsonObject,
    /// Where each key and value of `args` stands, those inside `arguments` and `config` too.
    pub places: Vec<TestArgument>,
}

/// Where a key of a test stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestArgument {
    /// The key.
    pub name: Arc<str>,
    /// `arguments` or `config`, for keys inside them.
    pub within: Option<Arc<str>>,
    /// The key's bytes.
    pub key_range: SourceRange,
    /// The value's bytes.
    pub value_range: SourceRange,
}

impl TestEntry {
    /// `data_tests:` or `tests:` of an entry.
    pub(super) fn read_all(reader: &mut Reader<'_>, entry: &Fields<'_>) -> Vec<Self> {
        let newer = entry.get("data_tests");
        let older = entry.get("tests");
        if let (Some(_), Some(_)) = (newer, older) {
            let range = entry.key_range("tests").unwrap_or_default();
            let message = "both `tests` and `data_tests` are given; move all to `data_tests`";
            reader.error("duplicate-key", range, message);
        }
        let mut tests = Vec::new();
        for (node, what) in [(newer, "`data_tests`"), (older, "`tests`")] {
            let items = reader.items(node, what);
            tests.extend(
                items
                    .into_iter()
                    .filter_map(|item| Self::read(reader, item)),
            );
        }
        tests
    }

    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Scalar => {
                let name = reader.raw_text(Some(node), "a test")?;
                Some(Self {
                    name,
                    range: node.range(),
                    args: JsonObject::default(),
                    places: Vec::new(),
                })
            }
            Shape::Sequence => {
                let message = "a test must be a name or a mapping, not a list";
                reader.error("wrong-type", node.range(), message);
                None
            }
            Shape::Mapping => Self::read_mapping(reader, node),
        }
    }

    fn read_mapping(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.mapping(node, "a test")?;
        if let Some(test_name) = fields.get("test_name") {
            let name = reader.raw_text(Some(test_name), "`test_name`")?;
            return Some(Self::with_args(reader, name, &fields, node.range()));
        }
        let mut entries = fields.entries();
        let (Some((name, name_range, value)), second) = (entries.next(), entries.next()) else {
            reader.error("missing-key", node.range(), "a test needs a name");
            return None;
        };
        if let Some((second, second_range, _)) = second {
            // The commonest slip: arguments indented like the test itself.
            let message = format!(
                "`{second}` stands beside the test `{name}`; indent it below, or start a new item"
            );
            reader.error("wrong-type", *second_range, message);
        }
        let name = Spanned::new(Arc::from(*name), *name_range);
        if value.is_null() {
            if second.is_none() {
                // An error to dbt; nothing else can be meant, though.
                let message = format!(
                    "`{}:` has no arguments; write `{}` without the colon",
                    name.value, name.value
                );
                reader.error("wrong-type", name.range, message);
            }
            return Some(Self {
                name,
                range: node.range(),
                args: JsonObject::default(),
                places: Vec::new(),
            });
        }
        let what = format!("the arguments of `{}`", name.value);
        let args = reader.mapping(*value, &what)?;
        Some(Self::with_args(reader, name, &args, node.range()))
    }

    fn with_args(
        reader: &mut Reader<'_>,
        name: SpannedText,
        fields: &Fields<'_>,
        range: SourceRange,
    ) -> Self {
        let mut args = JsonMap::new();
        let mut places = Vec::new();
        for (key, key_range, value) in fields.entries() {
            if *key == "test_name" {
                continue;
            }
            args.insert((*key).to_owned(), value.to_json());
            places.push(TestArgument {
                name: (*key).into(),
                within: None,
                key_range: *key_range,
                value_range: value.range(),
            });
            if matches!(*key, "arguments" | "config") {
                if *key == "config" {
                    check_config(reader, *value);
                }
                places.extend(value.entries().map(|(inner, value)| TestArgument {
                    name: inner.raw().unwrap_or("").into(),
                    within: Some((*key).into()),
                    key_range: inner.range(),
                    value_range: value.range(),
                }));
            }
        }
        Self {
            name,
            range,
            args: args.into(),
            places,
        }
    }

    /// `name:`, the user's own name for the test.
    pub fn given_name(&self) -> Option<&str> {
        self.args.get("name").and_then(Value::as_str)
    }
}

fn check_config(reader: &mut Reader<'_>, config: YamlNode<'_>) {
    for (key, value) in config.entries() {
        let name = key.raw().unwrap_or("");
        reader.check_config_name(name, key.range(), || config_keys(ResourceType::Test));
        reader.check_config_type(name, value, &value.to_json());
        let is_severity = value.is_null()
            || value.raw().is_none_or(|text| {
                is_template(text) || matches!(text.to_lowercase().as_str(), "warn" | "error")
            });
        if name == "severity" && !is_severity {
            reader.error(
                "wrong-value",
                value.range(),
                "`severity` is `warn` or `error`",
            );
        }
    }
}
