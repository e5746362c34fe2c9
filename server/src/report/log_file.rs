//! `logs/dbt.log`: everything that happens, every statement included, whatever the terminal shows.
//!
//! Lines are added to what is there; a file of more than 10 MB is set aside as `dbt.log.1` first. Without a project there
//! is no log. A log that cannot be written keeps nobody from working: it is left out, with a warning in the trace.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use base::{OsSystem, System as _};
use engine::{Event, Reporter, timestamp};

use super::json::described;
use crate::{
    cli::{Invocation, project_flags::project_file},
    secrets::scrubbed,
};

const MAX_LEN: u64 = 10 * 1024 * 1024;

/// One process, one command, one log.
static LOG: OnceLock<Mutex<File>> = OnceLock::new();

/// Opens the log of an invocation; whether there is one.
pub(super) fn open(invocation: &Invocation, invocation_id: &str) -> bool {
    let Some(folder) = folder(invocation) else {
        return false;
    };
    match opened(&folder) {
        Ok(file) => {
            let _ = LOG.set(Mutex::new(file));
            let time = clock();
            write(&format!(
                "\n\n{0} {time} | {invocation_id} {0}\n",
                "=".repeat(30)
            ));
            line("info", &format!("Running {}", invocation.line));
            true
        }
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "no log is written");
            false
        }
    }
}

/// `--log-path`, else the project's `log-path`, else `logs`.
fn folder(invocation: &Invocation) -> Option<PathBuf> {
    if let Some(path) = invocation.text("log_path") {
        let current_dir = std::env::current_dir().ok()?; // a folder that is gone has no logs
        return Some(current_dir.join(path));
    }
    let (root, file) = project_file(invocation, &OsSystem)?;
    let configured = file.get("log-path").and_then(serde_json::Value::as_str);
    Some(root.join(configured.unwrap_or("logs")))
}

// A log grows line by line, which no other file does.
fn opened(folder: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("dbt.log");
    let is_full = std::fs::metadata(&path).is_ok_and(|it| it.len() > MAX_LEN);
    if is_full {
        std::fs::rename(&path, folder.join("dbt.log.1"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// `00:55:53.123456`
fn clock() -> String {
    let now = timestamp(OsSystem.now());
    let time = now.split_once('T').map_or(now.as_str(), |(_, time)| time);
    time.trim_end_matches('Z').to_owned()
}

/// A line of the log, if there is a log.
pub(super) fn line(level: &str, text: &str) {
    lines(&[(level, text)]);
}

/// Lines of one moment, in one piece: what the workers say comes in thousands.
fn lines(lines: &[(&str, &str)]) {
    if LOG.get().is_none() {
        return;
    }
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("worker");
    let clock = clock();
    let lines = lines
        .iter()
        .map(|(level, text)| format!("{clock} [{level:<5}] [{thread}]: {text}\n"));
    write(&lines.collect::<String>());
}

fn write(text: &str) {
    if let Some(log) = LOG.get() {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk will show elsewhere.
        let _ = log.write_all(scrubbed(text).as_bytes());
    }
}

/// Tells the log, then another.
pub(super) struct Logged(pub(super) Arc<dyn Reporter>);

impl Reporter for Logged {
    fn report(&self, event: &Event<'_>) {
        let (_, level, message) = described(event);
        if let Event::NodeFinished { outcome, .. } = event
            && let Some(said) = &outcome.message
        {
            lines(&[(level, &message), (level, said)]);
        } else {
            line(level, &message);
        }
        self.0.report(event);
    }
}
