//! The files between this process and a Python: what a model reads, and what it made.

use std::sync::atomic::{AtomicU64, Ordering};

use engine::{Cell, Connection, Fetch, PythonInput, PythonJob, WarehouseError};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Release, Versions};
use crate::duckdb::Credentials;

/// Attached databases have names of their own in a process, which may run several models.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The files of one model; they go when this does.
pub(super) struct Exchange {
    directory: TempDir,
    /// The databases that inputs are in, by their names in the project.
    databases: Vec<String>,
    default_database: Option<String>,
    number: u64,
    versions: Versions,
}

impl Exchange {
    /// A place for files, with nothing in it.
    pub(super) fn new(
        connection: &mut dyn Connection,
        job: &PythonJob<'_>,
        versions: Versions,
    ) -> Result<Self, WarehouseError> {
        let made = std::fs::create_dir_all(job.scratch).and_then(|()| {
            tempfile::Builder::new()
                .prefix("python-")
                .tempdir_in(job.scratch)
        });
        let directory = made.map_err(|error| {
            let scratch = job.scratch.display();
            WarehouseError::Database(format!(
                "no directory for the model's data in {scratch}: {error}"
            ))
        })?;
        let current = connection.execute("select current_database()", &[], Fetch::All)?;
        let default_database = match current.1.rows.into_iter().flatten().next() {
            Some(Cell::Text(name)) => Some(name),
            _ => None,
        };
        let mut databases: Vec<String> = default_database.iter().cloned().collect();
        for input in job.inputs {
            if !databases.contains(&input.database) {
                databases.push(input.database.clone());
            }
        }
        Ok(Self {
            directory,
            databases,
            default_database,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            versions,
        })
    }

    /// Copies an input, as it was last committed; the file that it is in.
    pub(super) fn write(
        &self,
        connection: &mut dyn Connection,
        input: &PythonInput,
        idx: usize,
    ) -> Result<String, WarehouseError> {
        let path = self.directory.path().join(format!("{idx}.duckdb"));
        let path = path.to_string_lossy().into_owned();
        let alias = quoted(&format!("dagsmith_python_{}_{idx}", self.number));
        let attach = format!(
            "attach {} as {alias} (storage_version '{}')",
            literal(&path),
            storage(self.versions.ours.min(self.versions.theirs))
        );
        connection.execute(&attach, &[], Fetch::Nothing)?;
        let copy = format!(
            "create table {alias}.main.data as select * from {}.{}.{}",
            quoted(&input.database),
            quoted(&input.schema),
            quoted(&input.identifier)
        );
        let copied = connection.execute(&copy, &[], Fetch::Nothing);
        // The file is whole only when it is let go of.
        let detached = connection.execute(&format!("detach {alias}"), &[], Fetch::Nothing);
        copied?;
        detached?;
        Ok(path)
    }

    /// What the script is to do.
    pub(super) fn order(&self, credentials: &Credentials, job: &PythonJob<'_>) -> Value {
        let inputs = job.inputs.iter();
        let inputs: Vec<Value> = inputs
            .map(|it| {
                json!({
                    "database": it.database,
                    "schema": it.schema,
                    "identifier": it.identifier,
                    "written": it.written,
                    "at_once": it.is_wanted_at_once,
                })
            })
            .collect();
        let options = credentials.config_options.iter();
        let options: serde_json::Map<String, Value> = options
            .filter(|(key, _)| key != "access_mode")
            .map(|(key, value)| (key.clone(), value.clone().into()))
            .collect();
        let secrets = credentials.on_open.iter();
        let secrets = secrets.filter(|(key, _)| *key == "secrets");
        let statements: Vec<&str> = secrets
            .map(|(_, sql)| &**sql)
            .chain(credentials.on_connect.iter().map(|sql| &**sql))
            .collect();
        json!({
            "directory": self.directory.path(),
            "session_file": self.directory.path().join("dagsmith_session.duckdb"),
            "config_options": options,
            "extensions": credentials.extensions,
            "statements": statements,
            "databases": self.databases,
            "default_database": self.default_database,
            "inputs": inputs,
            "result_database": self.result_database(),
            "result_file": self.result_file(),
            "storage": self.result_storage(),
            "module_paths": credentials.module_paths,
            "module": job.module,
            "code": job.code,
            "path": job.path,
            "lines_before": job.lines_before,
            "own_lines": job.own_lines,
        })
    }

    fn result_database(&self) -> String {
        format!("dagsmith_python_result_{}", self.number)
    }

    /// A newer one has to write what this one reads; before 1.2 there is no choosing, nor need for it.
    fn result_storage(&self) -> String {
        if self.versions.theirs < (1, 2) {
            return String::new();
        }
        let version = storage(self.versions.ours.min(self.versions.theirs));
        format!(" (storage_version '{version}')")
    }

    pub(super) fn attach_result(&self) -> String {
        format!(
            "attach {} as {} (read_only)",
            literal(&self.result_file()),
            quoted(&self.result_database())
        )
    }

    pub(super) fn detach_result(&self) -> String {
        format!(
            "detach database if exists {}",
            quoted(&self.result_database())
        )
    }

    /// The result under the name that the materialization has for it.
    pub(super) fn create_view(&self, name: &str) -> String {
        format!(
            "create or replace temporary view {} as select * from {}.main.data",
            quoted(name),
            quoted(&self.result_database())
        )
    }

    fn result_file(&self) -> String {
        let path = self.directory.path().join("result.duckdb");
        path.to_string_lossy().into_owned()
    }
}

/// `1.5.6`
pub(super) fn own_version(connection: &mut dyn Connection) -> Result<String, WarehouseError> {
    let (_, result) = connection.execute("select version()", &[], Fetch::All)?;
    Ok(match result.rows.into_iter().flatten().next() {
        Some(Cell::Text(version)) => version.trim_start_matches('v').to_owned(),
        _ => String::new(),
    })
}

/// The format of files that a release reads.
fn storage((major, minor): Release) -> String {
    format!("v{major}.{minor}.0")
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
