//! `logs/dbt.log`: everything that happens, every statement included, whatever the terminal shows, unless
//! `--log-level-file` wants less of it.
//!
//! Lines are added to what is there; a file that has grown too large is set aside as `dbt.log.1` first. Without a project there
//! is no log. A log that cannot be written keeps nobody from working: it is left out, with a warning in the trace.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use base::{OsSystem, System as _};
use engine::{Event, Reporter, timestamp};

use super::json::{self, described};
use crate::{
    cli::{Invocation, project_flags::project_file},
    secrets::scrubbed,
};

/// `--log-file-max-bytes` where it says nothing.
const MAX_LEN: u64 = 10 * 1024 * 1024;

/// One process, one command, one log.
static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    file: Mutex<File>,
    /// `--log-level-file`: what is less than this is left out.
    least: Loudness,
    /// `--log-format-file json`
    is_json: bool,
}

/// dbt's levels, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loudness {
    Debug,
    Info,
    Warn,
    Error,
    /// Nothing is as loud as this.
    None,
}

impl Loudness {
    fn from_name(name: &str) -> Self {
        match name {
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            "none" => Self::None,
            _ => Self::Debug,
        }
    }
}

/// Opens the log of an invocation; whether there is one.
pub(super) fn open(invocation: &Invocation, invocation_id: &str) -> bool {
    let Some(folder) = folder(invocation) else {
        return false;
    };
    let max_len = invocation.text("log_file_max_bytes");
    let max_len = max_len.and_then(|it| it.parse().ok()).unwrap_or(MAX_LEN);
    match opened(&folder, max_len) {
        Ok(file) => {
            let log = Log {
                file: Mutex::new(file),
                least: Loudness::from_name(invocation.text("log_level_file").unwrap_or("debug")),
                is_json: invocation.text("log_format_file") == Some("json"),
            };
            if !log.is_json && log.least < Loudness::None {
                let time = clock();
                log.write(&format!(
                    "\n\n{0} {time} | {invocation_id} {0}\n",
                    "=".repeat(30)
                ));
            }
            let _ = LOG.set(log);
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
fn opened(folder: &Path, max_len: u64) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("dbt.log");
    // With 0 there is no end.
    let is_full = max_len > 0 && std::fs::metadata(&path).is_ok_and(|it| it.len() > max_len);
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
    let Some(log) = LOG.get() else { return };
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("worker");
    let clock = clock();
    let lines = lines.iter().filter(|(level, _)| log.takes(level));
    let lines = lines.map(|(level, text)| {
        if log.is_json {
            json::note(level, text)
        } else {
            format!("{clock} [{level:<5}] [{thread}]: {text}\n")
        }
    });
    log.write(&lines.collect::<String>());
}

impl Log {
    fn takes(&self, level: &str) -> bool {
        Loudness::from_name(level) >= self.least
    }

    fn write(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk will show elsewhere.
        let _ = file.write_all(scrubbed(text).as_bytes());
    }
}

/// Tells the log, then another.
pub(super) struct Logged(pub(super) Arc<dyn Reporter>);

impl Reporter for Logged {
    fn report(&self, event: &Event<'_>) {
        let (_, level, message) = described(event);
        if let Some(log) = LOG.get().filter(|log| log.is_json) {
            if log.takes(level) {
                log.write(&json::line(event));
            }
        } else if let Event::NodeFinished { outcome, .. } = event
            && let Some(said) = &outcome.message
        {
            lines(&[(level, &message), (level, said)]);
        } else {
            line(level, &message);
        }
        self.0.report(event);
    }
}
