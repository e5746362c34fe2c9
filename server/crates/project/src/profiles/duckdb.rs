//! What a target of type `duckdb` may say, with the keys of dbt-duckdb, and what follows from it for names.
//!
//! Values are judged here; statements are made of them by the driver. Messages never show the value of a secret.

use serde_json::Value;

use crate::json::JsonMap;

const IN_MEMORY: &str = ":memory:";

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Boolean,
    Integer,
    Texts,
    Mapping,
    /// A mapping of these keys, or a list of such; the first of them has to be there.
    Entry(&'static [(&'static str, Kind)]),
    Entries(&'static [(&'static str, Kind)]),
    /// A list of mappings that must have this key and may have others.
    Open(&'static str),
    Extensions,
}

const ATTACHMENT: [(&str, Kind); 7] = [
    ("path", Kind::Text),
    ("type", Kind::Text),
    ("alias", Kind::Text),
    ("secret", Kind::Text),
    ("read_only", Kind::Boolean),
    ("options", Kind::Mapping),
    ("is_ducklake", Kind::Boolean),
];

const EXTENSION: [(&str, Kind); 2] = [("name", Kind::Text), ("repo", Kind::Text)];

const RETRIES: [(&str, Kind); 3] = [
    ("connect_attempts", Kind::Integer),
    ("query_attempts", Kind::Integer),
    ("retryable_exceptions", Kind::Texts),
];

const FIELDS: [(&str, Kind); 19] = [
    ("database", Kind::Text),
    ("schema", Kind::Text),
    ("path", Kind::Text),
    ("config_options", Kind::Mapping),
    ("extensions", Kind::Extensions),
    ("settings", Kind::Mapping),
    ("secrets", Kind::Open("type")),
    ("external_root", Kind::Text),
    ("use_credential_provider", Kind::Text),
    ("attach", Kind::Entries(&ATTACHMENT)),
    ("filesystems", Kind::Open("fs")),
    ("remote", Kind::Mapping),
    ("plugins", Kind::Open("module")),
    ("disable_transactions", Kind::Boolean),
    ("keep_open", Kind::Boolean),
    ("module_paths", Kind::Texts),
    ("retries", Kind::Entry(&RETRIES)),
    ("flights", Kind::Mapping),
    ("is_ducklake", Kind::Boolean),
];

/// The first thing wrong with the credentials, and the field.
pub(super) fn problem(credentials: &JsonMap) -> Option<(&'static str, String)> {
    let of_shape = FIELDS.iter().find_map(|(name, kind)| {
        let value = credentials.get(*name).filter(|value| !value.is_null())?;
        Some((*name, mismatch(name, *kind, value)?))
    });
    of_shape
        .or_else(|| attachment_problem(credentials))
        .or_else(|| provider_problem(credentials))
        .or_else(|| database_problem(credentials))
}

fn mismatch(name: &str, kind: Kind, value: &Value) -> Option<String> {
    let scalar = |fits: bool, expected: &str| {
        let shown = match value {
            Value::String(text) => format!("'{text}'"),
            other => other.to_string(),
        };
        (!fits).then(|| format!("{shown} is not of type '{expected}' (`{name}`)"))
    };
    let shape =
        |fits: bool, expected: &str| (!fits).then(|| format!("`{name}` must be {expected}"));
    match kind {
        Kind::Text => scalar(value.is_string(), "string"),
        Kind::Boolean => scalar(value.is_boolean(), "boolean"),
        Kind::Integer => scalar(value.is_u64(), "integer"),
        Kind::Mapping => shape(value.is_object(), "a mapping"),
        Kind::Texts => {
            let is_texts = |items: &Vec<Value>| items.iter().all(Value::is_string);
            shape(value.as_array().is_some_and(is_texts), "a list of texts")
        }
        Kind::Entry(keys) => entry_mismatch(name, keys, value),
        Kind::Entries(keys) => match value.as_array() {
            Some(items) => items.iter().find_map(|item| {
                let first = keys.first().map(|(key, _)| *key).unwrap_or_default();
                missing(name, first, item).or_else(|| entry_mismatch(name, keys, item))
            }),
            None => shape(false, "a list of mappings"),
        },
        Kind::Open(key) => match value.as_array() {
            Some(items) => items.iter().find_map(|item| missing(name, key, item)),
            None => shape(false, "a list of mappings"),
        },
        Kind::Extensions => match value.as_array() {
            Some(items) => items
                .iter()
                .filter(|item| !item.is_string())
                .find_map(|item| {
                    let missing = |(key, _): &(&str, Kind)| missing(name, key, item);
                    EXTENSION
                        .iter()
                        .find_map(missing)
                        .or_else(|| entry_mismatch(name, &EXTENSION, item))
                }),
            None => shape(
                false,
                "a list of names, or of mappings with `name` and `repo`",
            ),
        },
    }
}

fn missing(name: &str, key: &str, item: &Value) -> Option<String> {
    let has_key = item.get(key).is_some_and(Value::is_string);
    (!has_key).then(|| format!("every entry of `{name}` must be a mapping with `{key}`"))
}

fn entry_mismatch(name: &str, keys: &[(&str, Kind)], value: &Value) -> Option<String> {
    let Some(entry) = value.as_object() else {
        return Some(format!("`{name}` must be a mapping"));
    };
    entry.iter().find_map(
        |(key, value)| match keys.iter().find(|(known, _)| known == key) {
            Some(_) if value.is_null() => None,
            Some((_, kind)) => mismatch(&format!("{name}.{key}"), *kind, value),
            None => {
                let known: Vec<String> = keys.iter().map(|(key, _)| format!("`{key}`")).collect();
                Some(format!(
                    "`{name}` has no key `{key}`; its keys are {}",
                    known.join(", ")
                ))
            }
        },
    )
}

/// The same said beside `options` and in them.
fn attachment_problem(credentials: &JsonMap) -> Option<(&'static str, String)> {
    attachments(credentials).find_map(|attachment| {
        let options = attachment.get("options")?.as_object()?;
        let is_said = |key: &&str| {
            attachment.get(*key).is_some_and(|it| !it.is_null() && it != &Value::Bool(false))
        };
        let twice: Vec<String> = ["type", "secret", "read_only"]
            .into_iter()
            .filter(|key| options.contains_key(*key) && is_said(key))
            .map(|key| format!("'{key}'"))
            .collect();
        (!twice.is_empty()).then(|| {
            let message = format!(
                "Attachment option(s) [{}] specified in both direct fields and options dict. Please specify each option in only one location.",
                twice.join(", ")
            );
            ("attach", message)
        })
    })
}

fn provider_problem(credentials: &JsonMap) -> Option<(&'static str, String)> {
    let provider = credentials.get("use_credential_provider")?.as_str()?;
    let is_known = provider.is_empty() || provider == "aws";
    (!is_known).then(|| {
        let message = format!("Unsupported value for use_credential_provider: {provider}");
        ("use_credential_provider", message)
    })
}

/// Nodes go to the file's own database, or to one that is attached under the name.
fn database_problem(credentials: &JsonMap) -> Option<(&'static str, String)> {
    let database = credentials.get("database")?.as_str()?;
    let own = database_of(path(credentials));
    let is_attached =
        attachments(credentials).any(|it| it.get("alias").is_some_and(|alias| alias == database));
    let is_remote = credentials.get("remote").is_some_and(|it| !it.is_null());
    (database != own && !is_attached && !is_remote).then(|| {
        let message = format!(
            "Inconsistency detected between 'path' and 'database' fields in profile; the 'database' property must be set to '{own}' to match the 'path'"
        );
        ("database", message)
    })
}

fn path(credentials: &JsonMap) -> &str {
    let path = credentials.get("path").and_then(Value::as_str);
    path.unwrap_or(IN_MEMORY)
}

fn attachments(credentials: &JsonMap) -> impl Iterator<Item = &Value> {
    let list = credentials.get("attach").and_then(Value::as_array);
    list.into_iter().flatten()
}

/// The database that DuckDB calls a file: `memory`, or the file's name up to its first dot.
pub fn database_of(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or(path);
    if path.starts_with(IN_MEMORY) {
        return "memory";
    }
    let is_lake = path.starts_with("ducklake:");
    let path = ["motherduck:", "md:"]
        .into_iter()
        .find_map(|scheme| path.strip_prefix(scheme))
        .unwrap_or(path);
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    // `ducklake:sqlite:meta.sqlite`: the lake is named after the file of its catalog.
    let file = if is_lake {
        file.rsplit(':').next().unwrap_or(file)
    } else {
        file
    };
    let name = file.split('.').find(|part| !part.is_empty());
    // MotherDuck's own default.
    name.unwrap_or("my_db")
}

/// The databases that are DuckLakes, as their paths or the profile say.
pub fn ducklakes(credentials: &JsonMap) -> Vec<&str> {
    let is_lake = |fields: &Value, path: &str| {
        fields.get("is_ducklake") == Some(&Value::Bool(true))
            || path.to_lowercase().contains("ducklake:")
    };
    let own = path(credentials);
    let says_so = credentials.get("is_ducklake") == Some(&Value::Bool(true));
    let own_is_lake = says_so || own.to_lowercase().contains("ducklake:");
    let attached = attachments(credentials).filter_map(|attachment| {
        let path = attachment.get("path")?.as_str()?;
        let alias = attachment.get("alias").and_then(Value::as_str);
        is_lake(attachment, path).then(|| alias.unwrap_or_else(|| database_of(path)))
    });
    own_is_lake
        .then(|| database_of(own))
        .into_iter()
        .chain(attached)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(credentials: &Value, expected: Option<&str>) {
        let found = problem(credentials.as_object().unwrap()).map(|it| it.1);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn values_of_another_shape_are_refused() {
        check(
            &json!({"path": "shop.duckdb", "settings": null, "extensions": ["httpfs", {"name": "h3", "repo": "community"}]}),
            None,
        );
        check(
            &json!({"disable_transactions": "maybe"}),
            Some("'maybe' is not of type 'boolean' (`disable_transactions`)"),
        );
        check(
            &json!({"settings": [1]}),
            Some("`settings` must be a mapping"),
        );
        check(
            &json!({"attach": [{"alias": "x"}]}),
            Some("every entry of `attach` must be a mapping with `path`"),
        );
        check(
            &json!({"attach": [{"path": "x", "readonly": true}]}),
            Some(
                "`attach` has no key `readonly`; its keys are `path`, `type`, `alias`, `secret`, `read_only`, `options`, `is_ducklake`",
            ),
        );
        check(
            &json!({"retries": {"connect_attempts": "x"}}),
            Some("'x' is not of type 'integer' (`retries.connect_attempts`)"),
        );
        check(
            &json!({"extensions": [{"name": "h3"}]}),
            Some("every entry of `extensions` must be a mapping with `repo`"),
        );
        check(
            &json!({"secrets": [{"key_id": "hush"}]}),
            Some("every entry of `secrets` must be a mapping with `type`"),
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused_in_dbts_words() {
        check(
            &json!({"path": "shop.duckdb", "database": "other"}),
            Some(
                "Inconsistency detected between 'path' and 'database' fields in profile; the 'database' property must be set to 'shop' to match the 'path'",
            ),
        );
        check(
            &json!({"database": "other", "attach": [{"path": "o.db", "alias": "other"}]}),
            None,
        );
        check(
            &json!({"attach": [{"path": "o.db", "type": "sqlite", "options": {"type": "sqlite"}}]}),
            Some(
                "Attachment option(s) ['type'] specified in both direct fields and options dict. Please specify each option in only one location.",
            ),
        );
        check(
            &json!({"use_credential_provider": "gcp"}),
            Some("Unsupported value for use_credential_provider: gcp"),
        );
    }

    #[test]
    fn databases_are_named_after_files() {
        let names = [
            "/a/my.db.duckdb",
            ".hidden.duckdb",
            ":memory:",
            "ducklake:sqlite:meta.sqlite",
        ];
        assert_eq!(names.map(database_of), ["my", "hidden", "memory", "meta"]);
    }

    #[test]
    fn lakes_are_known_by_path_or_by_word() {
        let credentials = json!({"path": "shop.duckdb", "attach": [
            {"path": "ducklake:meta.ducklake"},
            {"path": "md:lake", "alias": "far", "is_ducklake": true},
            {"path": "other.db"},
        ]});
        assert_eq!(ducklakes(credentials.as_object().unwrap()), ["meta", "far"]);
    }
}
