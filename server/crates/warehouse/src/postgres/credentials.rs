//! A profile's output for PostgreSQL, with the keys of dbt-postgres.
//!
//! `project::profiles` has refused what cannot be right; what is missing here takes its default.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use base::System;
use engine::WarehouseError;
use serde_json::{Map, Value};

use super::environment;

/// How much of TLS a connection insists on; the names are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl SslMode {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// What the profile asks for.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    /// A name, an address, or the directory of a Unix socket.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
    pub(super) connect_timeout: Option<Duration>,
    /// Tries after the first.
    pub(super) retries: u32,
    pub(super) keepalives_idle: Option<Duration>,
    pub(super) search_path: Option<String>,
    /// What the session begins with, as the server's command line has it: the search path, and what the environment says.
    pub(super) options: Option<String>,
    pub(super) role: Option<String>,
    pub(super) application_name: String,
    /// Every statement commits itself.
    pub(super) autocommit: bool,
    pub(super) ssl_mode: SslMode,
    pub(super) ssl_root_cert: Option<PathBuf>,
    pub(super) ssl_cert: Option<PathBuf>,
    pub(super) ssl_key: Option<PathBuf>,
}

impl Credentials {
    /// Reads the fields of an output; relative paths are relative to `project_dir`.
    pub(super) fn from_profile(
        fields: &Map<String, Value>,
        project_dir: &Path,
        system: &dyn System,
    ) -> Result<Self, WarehouseError> {
        let text = |key: &str| fields.get(key).and_then(text_of);
        let number = |key: &str, default: u64| {
            text(key).map_or(Ok(default), |text| {
                text.trim().parse::<u64>().map_err(|_| {
                    WarehouseError::Unsupported(format!(
                        "`{key}` of the profile is a number, not `{text}`"
                    ))
                })
            })
        };
        let path = |key: &str| {
            text(key)
                .filter(|path| !path.is_empty())
                .map(|path| project_dir.join(path))
        };
        let ssl_mode = text("sslmode").filter(|mode| !mode.is_empty());
        let (whose, ssl_mode) = if let Some(mode) = ssl_mode {
            ("`sslmode` of the profile", mode)
        } else {
            let mode = environment::variable(system, "PGSSLMODE");
            ("`PGSSLMODE`", mode.unwrap_or_else(|| "prefer".to_owned()))
        };
        let ssl_mode = SslMode::from_name(&ssl_mode).ok_or_else(|| {
            WarehouseError::Unsupported(format!(
                "{whose} is `{ssl_mode}`; it is one of disable, allow, prefer, require, verify-ca, verify-full"
            ))
        })?;
        let seconds = |key: &str, default: u64| {
            let seconds = number(key, default)?;
            Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
        };
        let mut credentials = Self {
            host: text("host").unwrap_or_default(),
            port: u16::try_from(number("port", 5432)?).map_err(|_| {
                WarehouseError::Unsupported(
                    "`port` of the profile is a number up to 65535".to_owned(),
                )
            })?,
            user: text("user").unwrap_or_default(),
            password: text("password").unwrap_or_default(),
            database: text("database").unwrap_or_default(),
            connect_timeout: seconds("connect_timeout", 10)?,
            retries: u32::try_from(number("retries", 1)?).unwrap_or(u32::MAX),
            keepalives_idle: seconds("keepalives_idle", 0)?,
            search_path: text("search_path").filter(|path| !path.is_empty()),
            role: text("role").filter(|role| !role.is_empty()),
            application_name: text("application_name").unwrap_or_else(|| "dbt".to_owned()),
            autocommit: fields.get("autocommit") == Some(&Value::Bool(true)),
            ssl_mode,
            ssl_root_cert: path("sslrootcert"),
            ssl_cert: path("sslcert"),
            ssl_key: path("sslkey"),
            options: None,
        };
        environment::fill(&mut credentials, system);
        Ok(credentials)
    }

    /// Whether the server is reached through a file.
    pub(super) fn is_local_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

/// A scalar as text; `env_var` makes a text of any value.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
