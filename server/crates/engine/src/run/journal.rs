//! What a run is about to do and what of it is done, a line a node, so that a run that is killed can be finished.
//!
//! run_results.json is written anew only now and then, and says nothing of nodes that were not reached. This file is begun
//! before the first statement and removed after the artifacts were written: where it is found, a run was killed.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{System, SystemError};
use project::{json::JsonMap, node::UniqueId};
use serde_json::{Value, json};

use crate::{live::Session, outcome::Outcome};

const FILE_NAME: &str = "dagsmith_run.jsonl";

/// The file of a run that goes on.
pub(super) struct Journal {
    system: Arc<dyn System>,
    /// `None` where no artifacts are written.
    path: Option<PathBuf>,
}

impl Journal {
    /// Begins the file.
    pub(super) fn begin(
        session: &Session,
        selected: &BTreeSet<UniqueId>,
    ) -> Result<Self, SystemError> {
        let path = session
            .flags
            .write_json
            .then(|| session.project.target_path.join(FILE_NAME));
        if let Some(path) = &path {
            let ids: Vec<&str> = selected.iter().map(UniqueId::as_str).collect();
            let first = json!({"args": *session.flags.args, "selected": ids});
            session
                .system
                .write(path, format!("{first}\n").as_bytes())?;
        }
        Ok(Self {
            system: Arc::clone(&session.system),
            path,
        })
    }

    /// A node ended.
    pub(super) fn add(&self, outcome: &Outcome) -> Result<(), SystemError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let line =
            json!({"unique_id": outcome.unique_id.as_str(), "status": outcome.status.name()});
        self.system.append(path, format!("{line}\n").as_bytes())
    }

    /// The run is over, and its artifacts say the same.
    pub(super) fn end(&self) {
        if let Some(path) = &self.path
            && let Err(error) = self.system.remove(path)
        {
            tracing::warn!(%error, "the journal of the run stays");
        }
    }
}

/// A run that was killed.
#[derive(Debug, Clone, PartialEq)]
pub struct KilledRun {
    /// Its flags, as in run_results.json.
    pub args: JsonMap,
    /// What it did not get to the end of, or what did not go well.
    pub open: BTreeSet<UniqueId>,
}

impl KilledRun {
    /// The run that was killed in this target path, if the last one was.
    pub fn read(system: &dyn System, target_path: &Path) -> Option<Self> {
        // Most runs come to their end, and then there is no file.
        let bytes = system.read(&target_path.join(FILE_NAME)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        let first: Value = serde_json::from_str(lines.next()?).ok()?;
        let args = first.get("args")?.as_object()?.clone();
        let selected = first.get("selected")?.as_array()?;
        let mut open: BTreeSet<UniqueId> = selected
            .iter()
            .filter_map(Value::as_str)
            .map(UniqueId::from)
            .collect();
        // The last line may be cut short: its node is not known to have ended.
        for line in lines.filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
            if matches!(text("status"), "success" | "pass" | "warn" | "no-op") {
                open.remove(&UniqueId::from(text("unique_id")));
            }
        }
        Some(Self { args, open })
    }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn what_is_not_known_to_have_ended_well_is_open() {
        let system = MemorySystem::default();
        let path = Path::new("/target").join(FILE_NAME);
        let lines = [
            r#"{"args": {"which": "run"}, "selected": ["model.a.x", "model.a.y", "model.a.z"]}"#,
            r#"{"unique_id": "model.a.x", "status": "success"}"#,
            r#"{"unique_id": "model.a.y", "status": "error"}"#,
            r#"{"unique_id": "model.a.z", "sta"#,
        ];
        system.write(&path, lines.join("\n").as_bytes()).unwrap();
        let run = KilledRun::read(&system, Path::new("/target")).unwrap();
        let open: Vec<&str> = run.open.iter().map(UniqueId::as_str).collect();
        assert_eq!(open, ["model.a.y", "model.a.z"]);
        assert_eq!(run.args.get("which"), Some(&"run".into()));
    }
}
