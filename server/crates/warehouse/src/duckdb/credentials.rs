//! A profile's output for DuckDB, with the keys of dbt-duckdb, as what to do on opening and on connecting.
//!
//! Read: `path`, `config_options`, `extensions`, `settings`, `secrets`, `attach`, `external_root`, `retries`,
//! `disable_transactions`. Keys that only make sense inside a Python process (`plugins`, `filesystems`,
//! `module_paths`) or on a paid service (`remote`, MotherDuck paths) are refused by name where they are needed to open.

use std::path::Path;

use engine::WarehouseError;
use serde_json::{Map, Value};

const IN_MEMORY: &str = ":memory:";

/// What the profile asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The database file, absolute, or `:memory:`.
    pub path: String,
    /// Options that must be known when the database opens.
    pub config_options: Vec<(String, String)>,
    /// Statements for the database: extensions, secrets, attachments.
    pub on_open: Vec<String>,
    /// Statements for every connection: settings.
    pub on_connect: Vec<String>,
    /// How often to try for a file that another process holds.
    pub connect_attempts: u32,
    /// No `BEGIN` before statements.
    pub disable_transactions: bool,
    /// Where external materializations write relative paths.
    pub external_root: String,
}

impl Credentials {
    /// Reads the fields of an output; relative paths are relative to `project_dir`.
    pub fn from_profile(
        fields: &Map<String, Value>,
        project_dir: &Path,
    ) -> Result<Self, WarehouseError> {
        for key in ["plugins", "filesystems", "remote"] {
            if fields.get(key).is_some_and(|value| !is_empty(value)) {
                return Err(WarehouseError::Unsupported(format!(
                    "the profile's `{key}` needs dbt-duckdb's Python process and is not supported; remove it from the output"
                )));
            }
        }
        let path = fields
            .get("path")
            .and_then(Value::as_str)
            .unwrap_or(IN_MEMORY);
        if path.starts_with("md:") || path.starts_with("motherduck:") {
            return Err(WarehouseError::Unsupported(format!(
                "the path `{path}` is on MotherDuck, which is not supported; use a file or `:memory:`"
            )));
        }
        let mut on_open = Vec::new();
        for extension in list(fields, "extensions") {
            on_open.extend(extension_sql(extension));
        }
        for (idx, secret) in list(fields, "secrets").iter().enumerate() {
            on_open.extend(secret.as_object().map(|secret| secret_sql(secret, idx)));
        }
        for attachment in list(fields, "attach") {
            on_open.extend(
                attachment
                    .as_object()
                    .and_then(|it| attach_sql(it, project_dir)),
            );
        }
        Ok(Self {
            path: absolute(path, project_dir),
            config_options: entries(fields, "config_options"),
            on_open,
            on_connect: entries(fields, "settings")
                .into_iter()
                .map(|(key, value)| format!("SET {key} = {}", quoted(&value)))
                .collect(),
            connect_attempts: fields
                .get("retries")
                .and_then(|retries| retries.get("connect_attempts"))
                .and_then(Value::as_u64)
                .map_or(1, |attempts| attempts.clamp(1, 32) as u32),
            disable_transactions: fields.get("disable_transactions") == Some(&Value::Bool(true)),
            external_root: fields
                .get("external_root")
                .map_or_else(|| ".".to_owned(), text),
        })
    }

    /// No file at all.
    pub fn is_in_memory(&self) -> bool {
        self.path == IN_MEMORY
    }
}

/// The name that DuckDB gives the database in a file: the first part of the file's name that is not empty, so that
/// `my.db.duckdb` is `my`; `memory` without a file.
#[must_use]
pub fn database_name(path: &str) -> &str {
    if path == IN_MEMORY {
        return "memory";
    }
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.trim_start_matches('.')
        .split('.')
        .next()
        .unwrap_or(file)
}

fn absolute(path: &str, project_dir: &Path) -> String {
    if path == IN_MEMORY || path.contains("://") || path.starts_with("ducklake:") {
        return path.to_owned();
    }
    project_dir.join(path).to_string_lossy().into_owned()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn list<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    fields
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn entries(fields: &Map<String, Value>, key: &str) -> Vec<(String, String)> {
    let entries = fields.get(key).and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text(value)))
        .collect()
}

/// A scalar as SQL takes it in a literal.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn extension_sql(extension: &Value) -> Vec<String> {
    let (name, from) = match extension {
        Value::String(name) => (name.clone(), String::new()),
        other => (
            other.get("name").map(text).unwrap_or_default(),
            other
                .get("repo")
                .map(|repo| format!(" FROM {}", text(repo)))
                .unwrap_or_default(),
        ),
    };
    vec![format!("INSTALL {name}{from}"), format!("LOAD {name}")]
}

fn secret_sql(secret: &Map<String, Value>, idx: usize) -> String {
    let name = secret
        .get("name")
        .map_or_else(|| format!("_dbt_secret_{}", idx + 1), text);
    let persistent = if secret.get("persistent") == Some(&Value::Bool(true)) {
        " PERSISTENT"
    } else {
        ""
    };
    let options: Vec<String> = secret
        .iter()
        .filter(|(key, value)| !matches!(key.as_str(), "name" | "persistent") && !value.is_null())
        .flat_map(|(key, value)| secret_option(key, value))
        .collect();
    format!(
        "CREATE OR REPLACE{persistent} SECRET {name} ({})",
        options.join(", ")
    )
}

fn secret_option(key: &str, value: &Value) -> Vec<String> {
    match value {
        // A secret may have several scopes, each said by itself.
        Value::Array(items) if key == "scope" => items
            .iter()
            .map(|scope| format!("scope {}", quoted(&text(scope))))
            .collect(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| quoted(&text(item))).collect();
            vec![format!("{key} array [{}]", items.join(", "))]
        }
        Value::Object(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), quoted(&text(value))))
                .collect();
            vec![format!("{key} map {{{}}}", entries.join(", "))]
        }
        scalar if matches!(key, "type" | "provider") => vec![format!("{key} {}", text(scalar))],
        scalar => vec![format!("{key} {}", quoted(&text(scalar)))],
    }
}

fn attach_sql(attachment: &Map<String, Value>, project_dir: &Path) -> Option<String> {
    let path = attachment.get("path").and_then(Value::as_str)?;
    let is_file = !path.contains(':') && !attachment.contains_key("type");
    let path = if is_file {
        absolute(path, project_dir)
    } else {
        path.to_owned()
    };
    let mut options = Vec::new();
    for (key, value) in attachment
        .get("options")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => options.push(key.to_uppercase()),
            Value::String(text) if !matches!(key.as_str(), "type" | "secret") => {
                options.push(format!("{} {}", key.to_uppercase(), quoted(text)));
            }
            other => options.push(format!("{} {}", key.to_uppercase(), text(other))),
        }
    }
    for key in ["type", "secret"] {
        options.extend(
            attachment
                .get(key)
                .map(|value| format!("{} {}", key.to_uppercase(), text(value))),
        );
    }
    if attachment.get("read_only") == Some(&Value::Bool(true)) {
        options.push("READ_ONLY".to_owned());
    }
    let alias = attachment
        .get("alias")
        .map(|alias| format!(" AS {}", text(alias)));
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" ({})", options.join(", "))
    };
    Some(format!(
        "ATTACH IF NOT EXISTS {}{}{options}",
        quoted(&path),
        alias.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[expect(
        clippy::needless_pass_by_value,
        reason = "`json!` makes values to give away"
    )]
    fn check(profile: Value, expected: &Expect) {
        let fields = profile.as_object().cloned().unwrap_or_default();
        let shown = match Credentials::from_profile(&fields, Path::new("/project")) {
            Ok(it) => format!(
                "{}\n{}\n{}\n",
                it.path,
                it.on_open.join("\n"),
                it.on_connect.join("\n")
            ),
            Err(error) => format!("{error}\n"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_file_is_relative_to_the_project() {
        check(
            serde_json::json!({"path": "target/shop.duckdb", "settings": {"threads": 2}}),
            &expect![[r"
                /project/target/shop.duckdb

                SET threads = '2'
            "]],
        );
    }

    #[test]
    fn extensions_secrets_and_attachments_are_statements() {
        check(
            serde_json::json!({
                "extensions": ["httpfs", {"name": "h3", "repo": "community"}],
                "secrets": [{"type": "s3", "region": "eu", "scope": ["s3://a", "s3://b"]}],
                "attach": [
                    {"path": "other.duckdb", "alias": "other", "read_only": true},
                    {"path": "x.sqlite", "type": "sqlite"},
                    {"path": "it's", "options": {"encryption_key": "k", "compress": true}},
                ],
            }),
            &expect![[r"
                :memory:
                INSTALL httpfs
                LOAD httpfs
                INSTALL h3 FROM community
                LOAD h3
                CREATE OR REPLACE SECRET _dbt_secret_1 (type s3, region 'eu', scope 's3://a', scope 's3://b')
                ATTACH IF NOT EXISTS '/project/other.duckdb' AS other (READ_ONLY)
                ATTACH IF NOT EXISTS 'x.sqlite' (TYPE sqlite)
                ATTACH IF NOT EXISTS '/project/it''s' (ENCRYPTION_KEY 'k', COMPRESS)

            "]],
        );
    }

    #[test]
    fn what_needs_python_is_refused_by_name() {
        check(
            serde_json::json!({"plugins": [{"module": "gsheet"}]}),
            &expect![[r"
                the profile's `plugins` needs dbt-duckdb's Python process and is not supported; remove it from the output
            "]],
        );
    }

    #[test]
    fn names_come_from_the_file() {
        let names = ["/a/my.db.duckdb", ".hidden.duckdb", ":memory:"].map(database_name);
        assert_eq!(names, ["my", "hidden", "memory"]);
    }
}
