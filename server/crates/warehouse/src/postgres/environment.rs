//! What libpq, which dbt's driver is made with, takes from the environment where the profile says nothing: `PGPASSWORD`,
//! a password file, `PGSSLMODE` and its like, `PGOPTIONS`, `PGTZ`, `PGDATESTYLE`, `PGAPPNAME`.
//!
//! Host, port, user and database are in every profile, as is `connect_timeout`, so that their variables mean nothing.

use std::path::{Path, PathBuf};

use base::System;

use super::credentials::Credentials;

/// The directories in which a server makes its socket unless told otherwise: passwords for these are those of `localhost`.
const SOCKET_DIRECTORIES: [&str; 2] = ["/tmp", "/var/run/postgresql"];

/// Variables that are settings of the session.
const SETTINGS: [(&str, &str); 3] = [
    ("PGDATESTYLE", "datestyle"),
    ("PGTZ", "timezone"),
    ("PGGEQO", "geqo"),
];

/// A variable that says something.
pub(super) fn variable(system: &dyn System, name: &str) -> Option<String> {
    system.env_var(name).filter(|value| !value.is_empty())
}

/// Fills in what the profile does not say.
pub(super) fn fill(credentials: &mut Credentials, system: &dyn System) {
    let file = |name: &str| variable(system, name).map(PathBuf::from);
    if credentials.ssl_root_cert.is_none() {
        credentials.ssl_root_cert = file("PGSSLROOTCERT");
    }
    if credentials.ssl_cert.is_none() {
        credentials.ssl_cert = file("PGSSLCERT");
    }
    if credentials.ssl_key.is_none() {
        credentials.ssl_key = file("PGSSLKEY");
    }
    if credentials.application_name.is_empty() {
        credentials.application_name = variable(system, "PGAPPNAME").unwrap_or_default();
    }
    // The search path goes the same way, and wins.
    let own = match &credentials.search_path {
        // As dbt writes it.
        Some(path) => Some(format!("-c search_path={}", path.replace(' ', "\\ "))),
        None => variable(system, "PGOPTIONS"),
    };
    let others = SETTINGS
        .iter()
        .filter_map(|(name, key)| Some(setting(key, &variable(system, name)?)));
    let options: Vec<String> = others.chain(own).collect();
    credentials.options = (!options.is_empty()).then(|| options.join(" "));
    if credentials.password.is_empty() {
        credentials.password = variable(system, "PGPASSWORD")
            .or_else(|| of_file(credentials, system))
            .unwrap_or_default();
    }
}

fn setting(key: &str, value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace(' ', "\\ ");
    format!("-c {key}={escaped}")
}

/// The password of a password file.
fn of_file(credentials: &Credentials, system: &dyn System) -> Option<String> {
    let home = || Some(PathBuf::from(variable(system, "HOME")?).join(".pgpass"));
    let named = variable(system, "PGPASSFILE").map(PathBuf::from);
    let path = named.or_else(home)?;
    // Most people have none.
    let bytes = system.read(&path).ok()?;
    if is_open_to_others(&path) {
        tracing::warn!(
            "password file \"{}\" has group or world access; permissions should be u=rw (0600) or less",
            path.display()
        );
        return None;
    }
    let host = if SOCKET_DIRECTORIES.contains(&credentials.host.as_str()) {
        "localhost"
    } else {
        &credentials.host
    };
    let port = credentials.port.to_string();
    let wanted = [host, &port, &credentials.database, &credentials.user];
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| password(line, &wanted))
}

/// The last field of a line, `host:port:database:user:password`, whose other fields are these or `*`.
fn password(line: &str, wanted: &[&str]) -> Option<String> {
    let mut rest = line;
    for wanted in wanted {
        let (field, after) = field(rest)?;
        if field != "*" && unescaped(field) != *wanted {
            return None;
        }
        rest = after;
    }
    let end = field(rest).map_or(rest, |(password, _)| password);
    Some(unescaped(end)).filter(|password| !password.is_empty())
}

/// Up to a colon that has no backslash before it, and what follows the colon.
fn field(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if c == ':' && !is_escaped {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        out.push(if c == '\\' {
            characters.next().unwrap_or(c)
        } else {
            c
        });
    }
    out
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    // `System` does not know who may read a file.
    std::fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;
    use serde_json::json;

    use super::*;
    use crate::postgres::credentials::SslMode;

    fn filled(said: &serde_json::Value, system: &MemorySystem) -> Credentials {
        let mut fields = json!({"host": "db.example", "port": 5432, "user": "ann", "password": "", "database": "shop"});
        let fields = fields.as_object_mut().unwrap();
        fields.extend(said.as_object().unwrap().clone());
        Credentials::from_profile(fields, Path::new("/project"), system).unwrap()
    }

    #[test]
    fn a_password_comes_from_the_profile_the_environment_or_a_file() {
        let lines = [
            "# comment",
            "other:*:*:*:no",
            "db.example:5433:*:*:no",
            r"db.example:*:shop:a\:b:of\:b\\",
            "db.example:*:shop:ann:of file",
            "*:*:*:*:anybody's",
        ];
        let system = MemorySystem::default().with_env("HOME", "/nowhere-at-all");
        system
            .write(
                Path::new("/nowhere-at-all/.pgpass"),
                lines.join("\n").as_bytes(),
            )
            .unwrap();
        let password = |said| filled(&said, &system).password;
        assert_eq!(password(json!({"password": "own"})), "own");
        assert_eq!(password(json!({})), "of file");
        assert_eq!(password(json!({"user": "a:b"})), r"of:b\");
        assert_eq!(password(json!({"host": "elsewhere"})), "anybody's");
        let system = system.with_env("PGPASSWORD", "of env");
        assert_eq!(filled(&json!({}), &system).password, "of env");
    }

    #[test]
    fn a_socket_where_servers_make_it_is_the_local_host() {
        let system = MemorySystem::default().with_env("PGPASSFILE", "/nowhere-at-all/passwords");
        system
            .write(
                Path::new("/nowhere-at-all/passwords"),
                b"localhost:5432:shop:ann:local",
            )
            .unwrap();
        let password = |host: &str| filled(&json!({"host": host}), &system).password;
        assert_eq!(password("/var/run/postgresql"), "local");
        assert_eq!(password("/elsewhere"), "");
    }

    #[test]
    fn what_the_profile_says_wins() {
        let system = MemorySystem::default()
            .with_env("PGSSLMODE", "verify-full")
            .with_env("PGSSLROOTCERT", "root.crt")
            .with_env("PGAPPNAME", "shop")
            .with_env("PGTZ", "America/New York")
            .with_env("PGOPTIONS", "-c work_mem=1MB");
        let found = filled(&json!({"application_name": ""}), &system);
        assert_eq!(found.ssl_mode, SslMode::VerifyFull);
        assert_eq!(found.ssl_root_cert, Some(PathBuf::from("root.crt")));
        assert_eq!(found.application_name, "shop");
        assert_eq!(
            found.options.as_deref(),
            Some(r"-c timezone=America/New\ York -c work_mem=1MB")
        );
        let said = json!({"sslmode": "disable", "sslrootcert": "own.crt", "search_path": "a, b"});
        let found = filled(&said, &system);
        assert_eq!(found.ssl_mode, SslMode::Disable);
        assert_eq!(found.ssl_root_cert, Some(PathBuf::from("/project/own.crt")));
        assert_eq!(found.application_name, "dbt");
        assert_eq!(
            found.options.as_deref(),
            Some(r"-c timezone=America/New\ York -c search_path=a,\ b")
        );
    }
}
