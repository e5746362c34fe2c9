//! A profile's output for DuckDB, with the keys of dbt-duckdb, as what to do on opening and on connecting.
//!
//! Keys that only make sense inside of dbt's Python process (`plugins`, `filesystems`) or on a paid service (`remote`, `flights`,
//! MotherDuck paths) are refused by name where they are needed to open. The shape of all values was judged when the profile was read
//! (`project::profiles::duckdb`).

use std::path::Path;

use engine::WarehouseError;
use serde_json::{Map, Value};

use super::retries::Retries;

const IN_MEMORY: &str = ":memory:";

/// What the profile asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The database file, absolute, or `:memory:`.
    pub path: String,
    /// Options that must be known when the database opens.
    pub config_options: Vec<(String, String)>,
    /// Statements for the database: extensions, secrets, attachments. Beside each what of the profile it is.
    pub on_open: Vec<(&'static str, String)>,
    /// Statements for every connection: settings.
    pub on_connect: Vec<String>,
    /// What is tried again.
    pub retries: Retries,
    /// No `BEGIN` before statements.
    pub disable_transactions: bool,
    /// Extensions by name.
    pub extensions: Vec<String>,
    /// Where Python models look for modules, besides where that Python looks by itself.
    pub module_paths: Vec<String>,
    /// Whether the file stays open when nobody uses it.
    pub keep_open: bool,
    /// Texts that no message may show.
    confidential: Vec<String>,
}

impl Credentials {
    /// Reads the fields of an output; relative paths are relative to `project_dir`.
    pub fn from_profile(
        fields: &Map<String, Value>,
        project_dir: &Path,
    ) -> Result<Self, WarehouseError> {
        refuse(fields)?;
        let path = fields
            .get("path")
            .and_then(Value::as_str)
            .unwrap_or(IN_MEMORY);
        Ok(Self {
            path: absolute(path, project_dir),
            config_options: entries(fields, "config_options"),
            on_open: on_open(fields, project_dir),
            on_connect: settings(fields)
                .into_iter()
                .map(|(key, value)| format!("SET {key} = {}", quoted(&value)))
                .collect(),
            retries: Retries::from_profile(fields.get("retries")),
            disable_transactions: fields.get("disable_transactions") == Some(&Value::Bool(true)),
            extensions: list(fields, "extensions")
                .iter()
                .filter_map(extension_name)
                .collect(),
            module_paths: list(fields, "module_paths")
                .iter()
                .filter_map(Value::as_str)
                .map(|path| project_dir.join(path).to_string_lossy().into_owned())
                .collect(),
            keep_open: path.starts_with(IN_MEMORY)
                || fields.get("keep_open") != Some(&Value::Bool(false)),
            confidential: confidential(fields),
        })
    }

    /// A message without what is secret in the profile: DuckDB quotes statements that it cannot read.
    pub fn hide(&self, message: &str) -> String {
        self.confidential
            .iter()
            .fold(message.to_owned(), |text, secret| {
                text.replace(secret, "*****")
            })
    }

    /// No file at all.
    pub fn is_in_memory(&self) -> bool {
        self.path.starts_with(IN_MEMORY)
    }
}

/// What only dbt's Python process or MotherDuck can do.
fn refuse(fields: &Map<String, Value>) -> Result<(), WarehouseError> {
    let reasons = [
        ("plugins", "dbt-duckdb's Python process"),
        ("filesystems", "dbt-duckdb's Python process"),
        ("remote", "a Buena Vista server"),
        ("flights", "MotherDuck"),
    ];
    for (key, needs) in reasons {
        if fields.get(key).is_some_and(|value| !is_empty(value)) {
            return Err(WarehouseError::Unsupported(format!(
                "the profile's `{key}` needs {needs} and is not supported; remove it from the output"
            )));
        }
    }
    let own = fields.get("path").and_then(Value::as_str);
    let attached = list(fields, "attach").iter();
    let paths = own
        .into_iter()
        .chain(attached.filter_map(|it| it.get("path")?.as_str()));
    for path in paths {
        if path.starts_with("md:") || path.starts_with("motherduck:") {
            let path = path.split('?').next().unwrap_or(path);
            return Err(WarehouseError::Unsupported(format!(
                "the path `{path}` is on MotherDuck, which is not supported; use a file or `:memory:`"
            )));
        }
    }
    Ok(())
}

fn on_open(fields: &Map<String, Value>, project_dir: &Path) -> Vec<(&'static str, String)> {
    let mut statements = Vec::new();
    for extension in list(fields, "extensions") {
        let of_extension = extension_sql(extension).into_iter();
        statements.extend(of_extension.map(|sql| ("extensions", sql)));
    }
    let aws = serde_json::json!({"type": "s3", "provider": "credential_chain"});
    let uses_aws = fields
        .get("use_credential_provider")
        .and_then(Value::as_str)
        == Some("aws");
    let secrets = list(fields, "secrets")
        .iter()
        .chain(uses_aws.then_some(&aws));
    for (idx, secret) in secrets.enumerate() {
        let secret = secret.as_object();
        statements.extend(secret.map(|secret| ("secrets", secret_sql(secret, idx))));
    }
    for attachment in list(fields, "attach") {
        let sql = attachment
            .as_object()
            .and_then(|it| attach_sql(it, project_dir));
        statements.extend(sql.map(|sql| ("attach", sql)));
    }
    statements
}

/// `settings`, and MotherDuck's token, which is one.
fn settings(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut settings = entries(fields, "settings");
    if let Some(token) = fields.get("motherduck_token").and_then(Value::as_str) {
        settings.retain(|(key, _)| key != "motherduck_token");
        settings.push(("motherduck_token".to_owned(), token.to_owned()));
    }
    settings
}

/// Of secrets everything but what kind they are and what they are for; of other options what their names give away. The longest first,
/// as one may be part of another.
fn confidential(fields: &Map<String, Value>) -> Vec<String> {
    const PLAIN: [&str; 7] = [
        "type",
        "name",
        "provider",
        "scope",
        "persistent",
        "region",
        "endpoint",
    ];
    const TELLING: [&str; 4] = ["key", "secret", "token", "pass"];
    let mut found = Vec::new();
    for secret in list(fields, "secrets").iter().filter_map(Value::as_object) {
        let values = secret
            .iter()
            .filter(|(key, _)| !PLAIN.contains(&key.as_str()));
        values.for_each(|(_, value)| leaves(value, &mut found));
    }
    let options = list(fields, "attach")
        .iter()
        .filter_map(|it| it.get("options")?.as_object());
    let settings = ["settings", "config_options"].into_iter();
    let settings = settings.filter_map(|key| fields.get(key)?.as_object());
    for (key, value) in options.chain(settings).chain([fields]).flatten() {
        let is_telling = TELLING.iter().any(|part| key.to_lowercase().contains(part));
        if is_telling && !value.is_array() {
            leaves(value, &mut found);
        }
    }
    let attached = list(fields, "attach")
        .iter()
        .filter_map(|it| it.get("path"));
    for path in attached.chain(fields.get("path")).filter_map(Value::as_str) {
        secrets_of_path(path, &TELLING, &mut found);
    }
    found.retain(|text| text.chars().count() > 2);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found.dedup();
    found
}

/// `postgres:host=localhost password=...`, `https://host/shop.duckdb?access_token=...`
fn secrets_of_path(path: &str, telling: &[&str], found: &mut Vec<String>) {
    // libpq's form has spaces between its parts, and all else may stand in a password.
    let is_uri = path.contains('?') && !path.contains(' ');
    let separators: &[char] = if is_uri { &['?', '&', ';'] } else { &[' '] };
    for part in path.split(separators) {
        if let Some((key, value)) = part.split_once('=')
            && telling.iter().any(|it| key.to_lowercase().contains(it))
        {
            leaves(&Value::from(value.trim_matches(['\'', '"'])), found);
        }
    }
    // `postgres://user:password@host`
    let authority = path.split_once("://").map(|(_, rest)| rest);
    let user = authority.and_then(|it| it.split('/').next()?.rsplit_once('@'));
    if let Some((_, password)) = user.and_then(|(user, _)| user.split_once(':')) {
        leaves(&Value::from(password), found);
    }
}

/// The texts and numbers in a value, also as a statement has them.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => found.push(number.to_string()),
        Value::String(text) => {
            found.push(text.clone());
            found.push(text.replace('\'', "''"));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(entries) => entries.values().for_each(|value| leaves(value, found)),
    }
}

fn absolute(path: &str, project_dir: &Path) -> String {
    if path.starts_with(IN_MEMORY) || path.contains("://") || path.starts_with("ducklake:") {
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

fn is_quoted(value: &str) -> bool {
    let value = value.trim();
    ['\'', '"']
        .into_iter()
        .any(|quote| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote))
}

fn extension_name(extension: &Value) -> Option<String> {
    match extension {
        Value::String(name) => Some(name.clone()),
        other => other.get("name").map(text),
    }
}

fn extension_sql(extension: &Value) -> Vec<String> {
    let name = extension_name(extension).unwrap_or_default();
    let repo = extension.get("repo");
    let from = repo.map(|repo| format!(" FROM {}", text(repo)));
    let from = from.unwrap_or_default();
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
        scalar if matches!(key, "type" | "provider" | "extra_http_headers") => {
            vec![format!("{key} {}", text(scalar))]
        }
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
            Value::String(text)
                if !matches!(key.as_str(), "type" | "secret") && !is_quoted(text) =>
            {
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
                it.on_open
                    .iter()
                    .map(|(_, sql)| sql.as_str())
                    .collect::<Vec<_>>()
                    .join("\n"),
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
    fn no_message_shows_a_secret() {
        let profile = serde_json::json!({
            "secrets": [{"type": "s3", "region": "eu", "key_id": "AKIA", "secret": "it's one", "refresh": ["inner", 9876]}],
            "settings": {"s3_session_token": "hush", "threads": "4"},
            "attach": [
                {"path": "x", "options": {"encryption_key": "quiet"}},
                {"path": "postgres:host=h password=hid:den?1 dbname=d", "type": "postgres"},
                {"path": "postgres://me:silent@h/d"},
                {"path": "https://h/d.duckdb?access_token=mumble&x=1"},
            ],
        });
        let credentials =
            Credentials::from_profile(profile.as_object().unwrap(), Path::new("/")).unwrap();
        let shown: Vec<String> = credentials
            .on_open
            .iter()
            .map(|(_, sql)| credentials.hide(sql))
            .chain(
                credentials
                    .on_connect
                    .iter()
                    .map(|sql| credentials.hide(sql)),
            )
            .collect();
        expect![[r"
            CREATE OR REPLACE SECRET _dbt_secret_1 (type s3, region 'eu', key_id '*****', secret '*****', refresh array ['*****', '*****'])
            ATTACH IF NOT EXISTS '/x' (ENCRYPTION_KEY '*****')
            ATTACH IF NOT EXISTS 'postgres:host=h password=***** dbname=d' (TYPE postgres)
            ATTACH IF NOT EXISTS 'postgres://me:*****@h/d'
            ATTACH IF NOT EXISTS 'https://h/d.duckdb?access_token=*****&x=1'
            SET s3_session_token = '*****'
            SET threads = '4'"]]
        .assert_eq(&shown.join("\n"));
    }
}
