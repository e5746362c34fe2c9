//! A test entry in a properties file → the test node it stands for: names, arguments, configuration, code.
//!
//! Names and hashes must come out as dbt makes them: they are how people and tools refer to tests. dbt builds them from
//! Python's text of the arguments, see `crate::python_text`.

use std::sync::Arc;

use base::{SourceRange, write_python_repr};
use serde_json::Value;

use crate::{
    checksum::md5_hex,
    json::{JsonMap, JsonObject},
    node::{NodeVersion, UniqueId},
    properties::TestEntry,
    python_text::python_str,
    reading::{Render, is_template, without_final_line_end},
};

/// Keys of an entry that configure the test, where older projects write them beside the arguments.
pub const CONFIG_KEYS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// What is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestTarget<'a> {
    /// A model, or one version of it.
    Model {
        /// Its name.
        name: &'a str,
        /// Which version.
        version: Option<&'a NodeVersion>,
    },
    /// A seed or a snapshot.
    Node {
        /// Its name.
        name: &'a str,
    },
    /// A table of a source.
    Source {
        /// The source.
        source: &'a str,
        /// The table.
        table: &'a str,
    },
}

/// A test, before project configuration and places are added.
#[derive(Debug, Clone, PartialEq)]
pub struct GenericTest {
    /// `unique`, without its package.
    pub test_name: Arc<str>,
    /// `dbt_utils` in `dbt_utils.expression_is_true`.
    pub namespace: Option<Arc<str>>,
    /// Shorter than 64 characters: the name of its file.
    pub short_name: Arc<str>,
    /// The node's name.
    pub name: Arc<str>,
    /// Arguments of the test macro, `model` included, not rendered.
    pub kwargs: JsonObject,
    /// What the entry configures, rendered.
    pub config: JsonMap,
    /// As written.
    pub description: Arc<str>,
    /// The call of the test macro.
    pub raw_code: Arc<str>,
}

/// An entry that is not a test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TestEntryError {
    /// For people.
    pub message: String,
    /// The key at fault.
    pub key: Option<String>,
    /// Where.
    pub range: Option<SourceRange>,
}

fn wrong(key: &str, message: impl Into<String>) -> TestEntryError {
    TestEntryError {
        message: message.into(),
        key: Some(key.to_owned()),
        range: None,
    }
}

impl GenericTest {
    /// From an entry of `data_tests:`.
    pub fn from_entry(
        entry: &TestEntry,
        target: &TestTarget<'_>,
        column_name: Option<&str>,
        render: Render<'_>,
    ) -> Result<Self, TestEntryError> {
        let mut args = (*entry.args).clone();
        Self::from_arguments(&entry.name.value, &mut args, target, column_name, render).map_err(
            |error| {
                let key = error.key.as_deref();
                let place = entry.places.iter().find(|place| key == Some(&*place.name));
                TestEntryError {
                    range: Some(place.map_or(entry.name.range, |place| place.key_range)),
                    ..error
                }
            },
        )
    }

    fn from_arguments(
        full_name: &str,
        args: &mut JsonMap,
        target: &TestTarget<'_>,
        column_name: Option<&str>,
        render: Render<'_>,
    ) -> Result<Self, TestEntryError> {
        if let Some(column) = column_name {
            args.insert("column_name".to_owned(), column.into());
        }
        if let Some(Value::Object(arguments)) = args.shift_remove("arguments") {
            args.extend(arguments);
        }
        if args.contains_key("model") {
            return Err(wrong(
                "model",
                "test arguments include `model`, which dbt sets itself",
            ));
        }
        args.insert("model".to_owned(), target.model_argument().into());
        let (namespace, test_name) = match full_name.split_once('.') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, full_name),
        };
        let mut config = configuration(args, render)?;
        let description = match args.shift_remove("description") {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let (short_name, name) = match args.shift_remove("name") {
            Some(name) => (python_str(&name), python_str(&name)),
            None => synthetic_names(namespace, test_name, target, args),
        };
        if short_name != name && !config.contains_key("alias") {
            config.insert("alias".to_owned(), short_name.clone().into());
        }
        let raw_code = raw_code(namespace, test_name, &config);
        Ok(Self {
            test_name: test_name.into(),
            namespace: namespace.map(Arc::from),
            short_name: short_name.into(),
            name: name.into(),
            kwargs: std::mem::take(args).into(),
            config,
            description: description.into(),
            raw_code: raw_code.into(),
        })
    }

    /// `test.shop.unique_orders_id.fed79b3a6e`
    #[must_use]
    pub fn unique_id(&self, package: &str) -> UniqueId {
        let mut text = self.name.to_string();
        // The keys of dbt's mapping in order: `kwargs`, `name`, `namespace`.
        text.push_str("{'kwargs': ");
        write_hashable_object(&self.kwargs, &mut text);
        text.push_str(", 'name': ");
        write_python_repr(&self.test_name, &mut text);
        text.push_str(", 'namespace': ");
        write_python_repr(self.namespace.as_deref().unwrap_or("None"), &mut text);
        text.push('}');
        let hash = md5_hex(&text);
        let suffix = hash.get(hash.len() - 10..).unwrap_or(&hash);
        UniqueId::from(format!("test.{package}.{}.{suffix}", self.name))
    }

    /// The macro that implements it: `test_unique`, or `dbt_utils.test_at_least_one`.
    #[must_use]
    pub fn macro_name(&self) -> String {
        macro_name(self.namespace.as_deref(), &self.test_name)
    }
}

impl TestTarget<'_> {
    fn model_argument(&self) -> String {
        let target = match self {
            Self::Model {
                name,
                version: Some(version),
            } => format!("ref('{name}', version='{version}')"),
            Self::Model {
                name,
                version: None,
            }
            | Self::Node { name } => format!("ref('{name}')"),
            Self::Source { source, table } => format!("source('{source}', '{table}')"),
        };
        format!("{{{{ get_where_subquery({target}) }}}}")
    }

    fn name_part(&self) -> String {
        match self {
            Self::Model {
                name,
                version: Some(version),
            } => format!("{name}_v{version}"),
            Self::Model {
                name,
                version: None,
            }
            | Self::Node { name } => (*name).to_owned(),
            Self::Source { source, table } => format!("{source}_{table}"),
        }
    }
}

/// Takes the configuration out of the arguments, in dbt's order of keys.
fn configuration(args: &mut JsonMap, render: Render<'_>) -> Result<JsonMap, TestEntryError> {
    let is_plain = args
        .keys()
        .all(|key| key != "config" && !CONFIG_KEYS.contains(&key.as_str()));
    if is_plain {
        return Ok(JsonMap::new());
    }
    let mut nested = match args.shift_remove("config") {
        Some(Value::Object(map)) => Some(map),
        _ => None,
    };
    let mut config = JsonMap::new();
    for key in CONFIG_KEYS {
        let mut value = args.shift_remove(key).filter(|value| !value.is_null());
        if let Some(nested) = &mut nested {
            let is_set = value.as_ref().is_some_and(is_true);
            if is_set && nested.contains_key(key) {
                let message = format!("`{key}` is set twice: in the test's `config` and beside it");
                return Err(wrong(key, message));
            }
            if !is_set {
                value = nested.shift_remove(key);
            }
        }
        if let Some(value) = value {
            config.insert(key.to_owned(), value);
        }
    }
    config.extend(nested.unwrap_or_default());
    let mut rendered = JsonMap::new();
    for (key, value) in config {
        let value = match value {
            Value::String(text) if is_template(&text) => {
                render(&text).map_err(|reason| wrong(&key, format!("`{key}`: {reason}")))?
            }
            Value::String(text) => without_final_line_end(&text).into(),
            other => other,
        };
        if !value.is_null() {
            rendered.insert(key, value);
        }
    }
    Ok(rendered)
}

/// Python's truth.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The name for its file and the full one, from what is tested and the arguments.
fn synthetic_names(
    namespace: Option<&str>,
    test_name: &str,
    target: &TestTarget<'_>,
    args: &JsonMap,
) -> (String, String) {
    let prefix = match target {
        TestTarget::Source { .. } => "source_",
        TestTarget::Model { .. } | TestTarget::Node { .. } => "",
    };
    let namespace = namespace.map_or(String::new(), |namespace| format!("{namespace}_"));
    let identifier = format!("{namespace}{prefix}{test_name}_{}", target.name_part());
    let mut names: Vec<&String> = args.keys().filter(|name| *name != "model").collect();
    names.sort();
    let parts = names
        .into_iter()
        .filter_map(|name| args.get(name))
        .flat_map(|value| match value {
            Value::Object(map) => map.values().map(python_str).collect(),
            Value::Array(items) => items.iter().map(python_str).collect(),
            other => vec![python_str(other)],
        });
    let parts: Vec<String> = parts.map(|part| cleaned(&part)).collect();
    let full = format!("{identifier}_{}", parts.join("__"));
    if full.chars().count() < 64 {
        return (full.clone(), full);
    }
    let start: String = identifier.chars().take(30).collect();
    (format!("{start}_{}", md5_hex(&full)), full)
}

/// Every run of characters that a name cannot have becomes one underscore.
fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_run = false;
    for c in text.chars() {
        let is_kept = c.is_ascii_alphanumeric() || c == '_';
        if is_kept {
            out.push(c);
        } else if !in_run {
            out.push('_');
        }
        in_run = !is_kept;
    }
    out
}

fn macro_name(namespace: Option<&str>, test_name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}.test_{test_name}"),
        None => format!("test_{test_name}"),
    }
}

fn raw_code(namespace: Option<&str>, test_name: &str, config: &JsonMap) -> String {
    let mut code = format!(
        "{{{{ {}(**_dbt_generic_test_kwargs) }}}}",
        macro_name(namespace, test_name)
    );
    if !config.is_empty() {
        let pairs: Vec<String> = config
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) => format!("{key}=\"{}\"", text.replace('"', "\\\"")),
                other => format!("{key}={}", python_str(other)),
            })
            .collect();
        code.push_str("{{ config(");
        code.push_str(&pairs.join(","));
        code.push_str(") }}");
    }
    code
}

/// What dbt hashes: Python's text of the value with sorted keys and every scalar as a text.
fn write_hashable(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => write_hashable_object(map, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_hashable(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_python_repr(text, out),
        scalar => write_python_repr(&python_str(scalar), out),
    }
}

fn write_hashable_object(map: &JsonMap, out: &mut String) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_python_repr(key, out);
        out.push_str(": ");
        write_hashable(value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use base::FileId;
    use serde_json::{Value, json};

    use super::{GenericTest, TestTarget};
    use crate::{
        properties::{Properties, TestEntry},
        yaml::Yaml,
    };

    const ORDERS: TestTarget<'_> = TestTarget::Model {
        name: "orders",
        version: None,
    };

    /// As the only test of a model; JSON is YAML too.
    fn entry(json: &Value) -> TestEntry {
        let text = format!("models: [{{name: x, data_tests: [{json}]}}]");
        let (yaml, _) = Yaml::parse(&text);
        let (mut properties, diagnostics) =
            Properties::read(FileId(0), &yaml, &|_| Ok(Value::Null));
        assert_eq!(diagnostics, []);
        properties.models.remove(0).tests.remove(0)
    }

    fn test(json: &Value, column: Option<&str>) -> GenericTest {
        GenericTest::from_entry(&entry(json), &ORDERS, column, &|text| Ok(text.into())).unwrap()
    }

    // The expected names and hashes are those of dbt Core 1.11 for its jaffle_shop project.
    #[test]
    fn names_and_hashes_are_those_of_dbt() {
        let unique = test(&json!("unique"), Some("order_id"));
        assert_eq!(
            unique.unique_id("jaffle_shop").as_str(),
            "test.jaffle_shop.unique_orders_order_id.fed79b3a6e"
        );
        assert_eq!(
            &*unique.raw_code,
            "{{ test_unique(**_dbt_generic_test_kwargs) }}"
        );
        let relationships = test(
            &json!({"relationships": {"to": "ref('customers')", "field": "customer_id"}}),
            Some("customer_id"),
        );
        assert_eq!(
            relationships.unique_id("jaffle_shop").as_str(),
            "test.jaffle_shop.relationships_orders_customer_id__customer_id__ref_customers_.c6ec7f58f2"
        );
    }

    #[test]
    fn long_names_are_cut_and_hashed_for_the_alias() {
        let values = [
            "placed",
            "shipped",
            "completed",
            "return_pending",
            "returned",
        ];
        let accepted = test(
            &json!({"accepted_values": {"arguments": {"values": values}}}),
            Some("status"),
        );
        assert_eq!(
            accepted.unique_id("jaffle_shop").as_str(),
            "test.jaffle_shop.accepted_values_orders_status__placed__shipped__completed__return_pending__returned.be6b5b5ec3"
        );
        assert_eq!(
            &*accepted.short_name,
            "accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758"
        );
        assert_eq!(
            &*accepted.raw_code,
            r#"{{ test_accepted_values(**_dbt_generic_test_kwargs) }}{{ config(alias="accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758") }}"#
        );
    }

    #[test]
    fn configuration_may_stand_beside_the_arguments_or_below_config() {
        for entry in [
            json!({"not_null": {"severity": "warn", "enabled": false}}),
            json!({"not_null": {"config": {"severity": "warn", "enabled": false}}}),
            json!({"test_name": "not_null", "config": {"severity": "warn", "enabled": false}}),
        ] {
            let test = test(&entry, Some("id"));
            assert_eq!(
                Value::Object(test.config),
                json!({"severity": "warn", "enabled": false})
            );
            assert_eq!(&*test.name, "not_null_orders_id");
            assert_eq!(
                &*test.raw_code,
                r#"{{ test_not_null(**_dbt_generic_test_kwargs) }}{{ config(severity="warn",enabled=False) }}"#
            );
        }
    }

    #[test]
    fn a_test_of_a_package_on_a_source() {
        let target = TestTarget::Source {
            source: "raw",
            table: "orders",
        };
        let test = |json: &Value| {
            GenericTest::from_entry(&entry(json), &target, Some("id"), &|text| Ok(text.into()))
                .unwrap()
        };
        let unnamed = test(&json!("dbt_utils.at_least_one"));
        let test = test(&json!({"dbt_utils.at_least_one": {"name": "has_rows"}}));
        assert_eq!(test.macro_name(), "dbt_utils.test_at_least_one");
        assert_eq!(&*test.name, "has_rows");
        assert_eq!(
            &*unnamed.name,
            "dbt_utils_source_at_least_one_raw_orders_id"
        );
    }

    #[test]
    fn wrong_arguments_are_found_in_the_file() {
        let entry = entry(&json!({"unique": {"config": {"where": "x"}, "where": "y"}}));
        let error =
            GenericTest::from_entry(&entry, &ORDERS, None, &|text| Ok(text.into())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`where` is set twice: in the test's `config` and beside it"
        );
        assert_eq!(error.range, Some(entry.places[1].key_range));
    }
}
