//! Secrets of the environment (`DBT_ENV_SECRET_*`) go to the servers they are for, and into nothing that is shown or
//! written: not on the terminal, not in logs, artifacts or installed packages.

use std::{
    borrow::Cow,
    path::Path,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use base::{FileEntry, OsSystem, System, SystemError};
use project::profiles::Secrets;

/// The environment does not change while a command runs.
static SECRETS: OnceLock<Secrets> = OnceLock::new();

fn secrets() -> &'static Secrets {
    SECRETS.get_or_init(|| Secrets::load(&OsSystem))
}

/// `text` as it may be shown.
pub(crate) fn scrubbed(text: &str) -> Cow<'_, str> {
    secrets().scrubbed(text)
}

/// The machine, without secrets in what is written.
pub(crate) fn system() -> Arc<dyn System> {
    if secrets().is_empty() {
        return Arc::new(OsSystem);
    }
    Arc::new(DiscreetSystem)
}

struct DiscreetSystem;

impl System for DiscreetSystem {
    fn read(&self, path: &Path) -> Result<Vec<u8>, SystemError> {
        OsSystem.read(path)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<FileEntry>, SystemError> {
        OsSystem.read_dir(path)
    }

    fn entry(&self, path: &Path) -> Option<FileEntry> {
        OsSystem.entry(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        match std::str::from_utf8(content) {
            Ok(text) => OsSystem.write(path, scrubbed(text).as_bytes()),
            Err(_) => OsSystem.write(path, content),
        }
    }

    fn append(&self, path: &Path, content: &[u8]) -> Result<(), SystemError> {
        match std::str::from_utf8(content) {
            Ok(text) => OsSystem.append(path, scrubbed(text).as_bytes()),
            Err(_) => OsSystem.append(path, content),
        }
    }

    fn remove(&self, path: &Path) -> Result<(), SystemError> {
        OsSystem.remove(path)
    }

    fn env_var(&self, name: &str) -> Option<String> {
        OsSystem.env_var(name)
    }

    fn env_vars(&self) -> Vec<(String, String)> {
        OsSystem.env_vars()
    }

    fn now(&self) -> SystemTime {
        OsSystem.now()
    }
}
