//! `profiles.yml`: where it is looked for, and the target it gives a project.
//!
//! Only the target that is used is rendered, so that variables of others may be missing. Secrets (`DBT_ENV_SECRET_*`)
//! reach credentials through the callback; `Secrets` takes them out of whatever is shown or written.

pub mod duckdb;
mod postgres;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Diagnostic, FileId, SourceRange, System, or_did_you_mean};
use serde_json::Value;

use crate::{
    json::{JsonMap, JsonObject},
    reading::{Render, is_template, without_final_line_end},
    yaml::{Shape, Yaml, YamlNode},
};

/// The name of the file.
pub const PROFILES_FILE_NAME: &str = "profiles.yml";

/// How to reach a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The profile.
    pub name: Arc<str>,
    /// The target of it that is used.
    pub target_name: Arc<str>,
    /// The warehouse's kind: `duckdb`, `postgres`, ...
    pub adapter_type: Arc<str>,
    /// How many nodes may run at once.
    pub threads: u32,
    /// All other keys of the target, rendered, with each adapter's other names for the same translated.
    pub credentials: JsonObject,
    /// All targets of the profile.
    pub target_names: Vec<Arc<str>>,
    /// `config:` of the file: flags, from before they moved to the project.
    pub flags: JsonObject,
}

/// What to look for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProfileRequest<'a> {
    /// The profile's name, of the project or the command line.
    pub profile: Option<&'a str>,
    /// The target, if not the profile's default.
    pub target: Option<&'a str>,
    /// The number of threads, if not the target's.
    pub threads: Option<u32>,
}

/// Why there is no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Neither the project nor the command line names one.
    #[error("no profile is named; add `profile: name` to dbt_project.yml")]
    NoName,
    /// No file.
    #[error("no profiles.yml found; looked in {}", list(searched))]
    NoFile {
        /// The directories.
        searched: Vec<PathBuf>,
    },
    /// Not in the file.
    #[error("{message}")]
    Unknown {
        /// Names what is missing and what there is.
        message: String,
        /// The place in the file nearest to the problem.
        range: SourceRange,
    },
    /// In the file, but unusable.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where.
        range: SourceRange,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

impl ProfileError {
    /// As a diagnostic of the profiles file; `None` where there is no file to show it in.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Self::NoName | Self::NoFile { .. } => None,
            Self::Unknown { message, range } | Self::Invalid { message, range } => Some(
                Diagnostic::error("invalid-profile", *range, message.clone()),
            ),
        }
    }
}

/// Where profiles are: `--profiles-dir`, `DBT_PROFILES_DIR`, the project's directory, `~/.dbt`. The first two, if
/// given, are the only place.
pub fn find_profiles_file(
    system: &dyn System,
    profiles_dir: Option<&Path>,
    project_root: &Path,
) -> Result<PathBuf, ProfileError> {
    let given = profiles_dir
        .map(Path::to_owned)
        .or_else(|| system.env_var("DBT_PROFILES_DIR").map(PathBuf::from))
        .map(|dir| project_root.join(dir));
    let home = ["HOME", "USERPROFILE"]
        .into_iter()
        .find_map(|name| system.env_var(name))
        .map(|home| PathBuf::from(home).join(".dbt"));
    let searched: Vec<PathBuf> = match given {
        Some(dir) => vec![dir],
        None => [Some(project_root.to_owned()), home]
            .into_iter()
            .flatten()
            .collect(),
    };
    searched
        .iter()
        .map(|dir| dir.join(PROFILES_FILE_NAME))
        .find(|path| system.is_file(path))
        .ok_or(ProfileError::NoFile { searched })
}

impl Profile {
    /// The profile and target that are asked for.
    pub fn read(
        yaml: &Yaml,
        request: ProfileRequest<'_>,
        render: Render<'_>,
    ) -> Result<Self, ProfileError> {
        let name = request.profile.ok_or(ProfileError::NoName)?;
        let profile = find_profile(yaml.root(), name)?;
        let Some(outputs) = profile
            .get("outputs")
            .filter(|node| node.shape() == Shape::Mapping)
        else {
            return Err(invalid(
                profile,
                format!("profile `{name}` has no `outputs`"),
            ));
        };
        let target_name = target_name(profile, request.target, render)?;
        let target = find_target(outputs, name, &target_name)?;
        let mut credentials = render_credentials(target, render)?;
        let Some(Value::String(adapter_type)) = credentials.shift_remove("type") else {
            let message = format!("target `{target_name}` of profile `{name}` has no `type`");
            return Err(invalid(target, message));
        };
        let own_threads = credentials.shift_remove("threads").and_then(|threads| {
            threads
                .as_u64()
                .or_else(|| threads.as_str()?.trim().parse().ok())
        });
        let threads = request
            .threads
            .or(own_threads.and_then(|threads| u32::try_from(threads).ok()))
            .unwrap_or(1);
        let names = |node: YamlNode<'_>| {
            node.entries()
                .filter_map(|(key, _)| key.raw().map(Arc::from))
                .collect()
        };
        let credentials = with_known_names(&adapter_type, credentials);
        let problem = match &*adapter_type {
            "postgres" => postgres::problem(&credentials),
            "duckdb" => duckdb::problem(&credentials),
            _ => None,
        };
        if let Some((field, problem)) = problem {
            let message = format!(
                "Credentials in profile \"{name}\", target \"{target_name}\" invalid: {problem}"
            );
            return Err(invalid(target.get(field).unwrap_or(target), message));
        }
        Ok(Self {
            name: name.into(),
            target_name: target_name.into(),
            credentials: credentials.into(),
            adapter_type: adapter_type.into(),
            threads: threads.max(1),
            target_names: names(outputs),
            flags: yaml
                .root()
                .get("config")
                .map(YamlNode::to_json)
                .and_then(|value| value.as_object().cloned())
                .unwrap_or_default()
                .into(),
        })
    }

    /// The database that nodes go to by default.
    pub fn database(&self) -> Option<Arc<str>> {
        match self.text("database") {
            Some(database) => Some(database.into()),
            None if &*self.adapter_type == "duckdb" => {
                Some(duckdb::database_of(self.text("path").unwrap_or(":memory:")).into())
            }
            None => None,
        }
    }

    /// The schema that nodes go to by default.
    pub fn schema(&self) -> Option<Arc<str>> {
        let fallback = (&*self.adapter_type == "duckdb").then_some("main");
        self.text("schema").or(fallback).map(Arc::from)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.credentials.get(key)?.as_str()
    }

    /// What templates see as `target`: the credentials, and the names. Passwords and tokens are not among them.
    pub fn target_json(&self) -> JsonMap {
        let mut target: JsonMap = self
            .credentials
            .iter()
            .filter(|(key, _)| !is_secret(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut put = |key: &str, value: Value| target.insert(key.to_owned(), value);
        if &*self.adapter_type == "duckdb" {
            let path = self.text("path").unwrap_or(":memory:");
            put("path", path.into());
        }
        put("database", self.database().as_deref().into());
        put("schema", self.schema().as_deref().into());
        put("type", (&*self.adapter_type).into());
        put("threads", self.threads.into());
        put("name", (&*self.target_name).into());
        put("target_name", (&*self.target_name).into());
        put("profile_name", (&*self.name).into());
        target
    }
}

/// A value for people, with stars for what the names of its entries give away as secret.
#[must_use]
pub fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| {
                let is_telling = is_secret(key) || key.ends_with("_key");
                let shown = if is_telling {
                    "*****".into()
                } else {
                    without_secrets(value)
                };
                (key.clone(), shown)
            })
            .collect(),
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}

fn invalid(node: YamlNode<'_>, message: String) -> ProfileError {
    ProfileError::Invalid {
        message,
        range: node.range(),
    }
}

fn find_profile<'a>(root: YamlNode<'a>, name: &str) -> Result<YamlNode<'a>, ProfileError> {
    let known = || {
        root.entries()
            .filter_map(|(key, _)| key.raw())
            .filter(|key| *key != "config")
    };
    match root.get(name) {
        Some(profile) if profile.shape() == Shape::Mapping => Ok(profile),
        Some(profile) => Err(invalid(
            profile,
            format!("profile `{name}` must be a mapping with `outputs`"),
        )),
        None => {
            let names: Vec<_> = known().collect();
            let there_is = if names.is_empty() {
                "the file has none".to_owned()
            } else {
                format!("the file has {}", names.join(", "))
            };
            let message = format!("profile `{name}` not found in profiles.yml; {there_is}");
            Err(ProfileError::Unknown {
                message: or_did_you_mean(message, name, known()),
                range: SourceRange::at(0),
            })
        }
    }
}

fn target_name(
    profile: YamlNode<'_>,
    wanted: Option<&str>,
    render: Render<'_>,
) -> Result<String, ProfileError> {
    if let Some(wanted) = wanted {
        return Ok(wanted.to_owned());
    }
    let Some(node) = profile.get("target") else {
        return Ok("default".to_owned());
    };
    match rendered_text(node, render)? {
        Value::String(name) => Ok(name),
        other => Ok(other.to_string()),
    }
}

fn find_target<'a>(
    outputs: YamlNode<'a>,
    profile: &str,
    name: &str,
) -> Result<YamlNode<'a>, ProfileError> {
    match outputs.get(name) {
        Some(target) if target.shape() == Shape::Mapping => Ok(target),
        Some(target) => {
            let message = format!("target `{name}` of profile `{profile}` must be a mapping");
            Err(invalid(target, message))
        }
        None => {
            let names: Vec<_> = outputs.entries().filter_map(|(key, _)| key.raw()).collect();
            let message = format!(
                "profile `{profile}` has no target `{name}`; its targets are {}",
                names.join(", ")
            );
            Err(ProfileError::Unknown {
                message: or_did_you_mean(message, name, names.iter().copied()),
                range: outputs.range(),
            })
        }
    }
}

fn rendered_text(node: YamlNode<'_>, render: Render<'_>) -> Result<Value, ProfileError> {
    match node.as_text() {
        Some(text) if is_template(text) => render(text).map_err(|reason| {
            let message = format!("cannot render `{text}` in {PROFILES_FILE_NAME}: {reason}");
            invalid(node, message)
        }),
        Some(text) => Ok(without_final_line_end(text).into()),
        None => Ok(node.to_json()),
    }
}

fn render_credentials(target: YamlNode<'_>, render: Render<'_>) -> Result<JsonMap, ProfileError> {
    let mut out = JsonMap::new();
    for (key, value) in target.entries() {
        let key = key.raw().unwrap_or("");
        out.insert(key.to_owned(), render_value(key, value, render)?);
    }
    Ok(out)
}

fn render_value(key: &str, node: YamlNode<'_>, render: Render<'_>) -> Result<Value, ProfileError> {
    match node.shape() {
        // A password may look like a broken template and mean itself.
        Shape::Scalar if key == "password" => {
            Ok(rendered_text(node, render).unwrap_or_else(|_| node.to_json()))
        }
        Shape::Scalar => rendered_text(node, render),
        Shape::Sequence => node
            .items()
            .map(|item| render_value(key, item, render))
            .collect(),
        Shape::Mapping => Ok(Value::Object(render_credentials(node, render)?)),
    }
}

/// Adapters have other names for some keys; templates and the rest of the program know one.
fn with_known_names(adapter_type: &str, credentials: JsonMap) -> JsonMap {
    let known = |key: &str| match (adapter_type, key) {
        ("postgres" | "redshift", "dbname")
        | ("bigquery", "project")
        | ("databricks" | "trino", "catalog") => Some("database"),
        ("bigquery", "dataset") => Some("schema"),
        ("postgres" | "redshift", "pass") => Some("password"),
        _ => None,
    };
    credentials
        .into_iter()
        .map(|(key, value)| (known(&key).map_or(key.clone(), str::to_owned), value))
        .collect()
}

fn is_secret(key: &str) -> bool {
    [
        "password",
        "pass",
        "token",
        "secret",
        "private_key",
        "keyfile_json",
    ]
    .iter()
    .any(|part| key.contains(part))
}

/// Values that must not be shown: those of variables named `DBT_ENV_SECRET_*`.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

/// Variables whose names begin with this are secret.
pub const SECRET_PREFIX: &str = "DBT_ENV_SECRET_";

impl Secrets {
    /// All secrets of the environment.
    #[must_use]
    pub fn load(system: &dyn System) -> Self {
        let mut values: Vec<_> = system
            .env_vars()
            .into_iter()
            .filter(|(name, value)| name.starts_with(SECRET_PREFIX) && !value.trim().is_empty())
            .flat_map(|(_, value)| {
                // Artifacts and JSON logs have it as JSON writes it.
                let quoted = Value::from(value.as_str()).to_string();
                let quoted = quoted.trim_matches('"').to_owned();
                [value, quoted]
            })
            .collect();
        // A secret that contains another must go first.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with stars for secrets.
    #[must_use]
    pub fn scrubbed<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        let mut out = std::borrow::Cow::Borrowed(text);
        for secret in &self.0 {
            if out.contains(secret.as_str()) {
                out = out.replace(secret.as_str(), "*****").into();
            }
        }
        out
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// Problems of the file as such: YAML that cannot be read, profiles without targets.
#[must_use]
pub fn check_profiles_file(file: FileId, yaml: &Yaml) -> Vec<Diagnostic> {
    let mut reader = crate::reading::Reader::new(file, &|_| Ok(Value::Null));
    let Some(profiles) = reader.mapping(yaml.root(), PROFILES_FILE_NAME) else {
        return reader.diagnostics;
    };
    for (name, range, profile) in profiles.entries() {
        if *name == "config" {
            continue;
        }
        let Some(fields) = reader.mapping(*profile, &format!("profile `{name}`")) else {
            continue;
        };
        if fields.get("outputs").is_none() {
            reader.error(
                "missing-key",
                *range,
                format!("profile `{name}` has no `outputs`"),
            );
        }
        for (key, key_range, _) in fields.entries() {
            if !matches!(*key, "outputs" | "target" | "config") {
                reader.unknown_key(key, *key_range, "a profile", ["outputs", "target"]);
            }
        }
    }
    reader.diagnostics
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    const FILE: &str = "
shop:
  target: \"{{ env_var('T') }}\"
  outputs:
    dev: {type: duckdb, path: data/shop.duckdb, threads: 4, password: '{{'}
    prod: {type: postgres, dbname: shop, schema: public, pass: \"{{ env_var('P') }}\", host: h, user: u, port: 5432}
    broken: {path: x}
";

    fn read(request: ProfileRequest<'_>) -> Result<Profile, ProfileError> {
        let (yaml, _) = Yaml::parse(FILE);
        Profile::read(&yaml, request, &|template| match template {
            "{{ env_var('T') }}" => Ok(json!("dev")),
            _ => Err("environment variable `P` is not set".to_owned()),
        })
    }

    fn check_error(request: ProfileRequest<'_>, expected: &Expect) {
        expected.assert_eq(&read(request).unwrap_err().to_string());
    }

    const SHOP: ProfileRequest<'_> = ProfileRequest {
        profile: Some("shop"),
        target: None,
        threads: None,
    };

    #[test]
    fn reads_the_target_and_what_it_implies() {
        let profile = read(SHOP).unwrap();
        assert_eq!((&*profile.target_name, profile.threads), ("dev", 4));
        assert_eq!(profile.database().as_deref(), Some("shop"));
        assert_eq!(profile.schema().as_deref(), Some("main"));
        assert_eq!(profile.target_json().get("password"), None);
    }

    #[test]
    fn says_what_is_missing() {
        check_error(
            ProfileRequest {
                profile: Some("shpo"),
                ..SHOP
            },
            &expect![
                "profile `shpo` not found in profiles.yml; the file has shop; did you mean `shop`?"
            ],
        );
        check_error(
            ProfileRequest {
                target: Some("stage"),
                ..SHOP
            },
            &expect!["profile `shop` has no target `stage`; its targets are dev, prod, broken"],
        );
        check_error(
            ProfileRequest {
                target: Some("prod"),
                ..SHOP
            },
            &expect![
                "cannot render `{{ env_var('P') }}` in profiles.yml: environment variable `P` is not set"
            ],
        );
        check_error(
            ProfileRequest {
                target: Some("broken"),
                ..SHOP
            },
            &expect!["target `broken` of profile `shop` has no `type`"],
        );
        check_error(
            ProfileRequest::default(),
            &expect!["no profile is named; add `profile: name` to dbt_project.yml"],
        );
    }

    #[test]
    fn looks_in_the_project_before_home_and_only_where_told() {
        let files = [("/home/u/.dbt/profiles.yml".into(), String::new())];
        let system = MemorySystem::new(files).with_env("HOME", "/home/u");
        let found = find_profiles_file(&system, None, Path::new("/shop"));
        assert_eq!(found.unwrap(), Path::new("/home/u/.dbt/profiles.yml"));
        let error = find_profiles_file(&system, Some(Path::new("conf")), Path::new("/shop"));
        assert_eq!(
            error.unwrap_err().to_string(),
            "no profiles.yml found; looked in /shop/conf"
        );
    }

    #[test]
    fn secrets_are_scrubbed() {
        let system = MemorySystem::default().with_env("DBT_ENV_SECRET_TOKEN", "hunter2");
        let secrets = Secrets::load(&system);
        assert_eq!(secrets.scrubbed("login with hunter2!"), "login with *****!");
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        let attach = serde_json::json!([{"path": "x", "options": {"encryption_key": "hush"}}]);
        assert_eq!(
            without_secrets(&attach),
            serde_json::json!([{"path": "x", "options": {"encryption_key": "*****"}}])
        );
    }
}
