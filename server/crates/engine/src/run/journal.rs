//! What a run is about to do and what of it is done, a line a node, so that a run that is killed can be finished.
//!
//! run_results.json is written anew only now and then, and says nothing of nodes that were not reached. This file is begun
//! before the first statement and removed after the artifacts were written: where it is found, a run was killed.
//!
//! Between a commit and its node's line a run can be killed, too. Doing a node again is harmless nearly always, so only
//! what would add the same rows once more has a line before its commit.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{System, SystemError};
use project::{
    json::JsonMap,
    node::{Config, Node, UniqueId},
};
use serde_json::{Value, json};

use crate::{live::Session, outcome::Outcome};

const FILE_NAME: &str = "dagsmith_run.jsonl";

/// The status of a node whose work is about to stay.
const COMMITTING: &str = "committing";

/// The file of a run that goes on.
pub(crate) struct Journal {
    system: Arc<dyn System>,
    /// `None` where no artifacts are written.
    path: Option<PathBuf>,
}

impl Journal {
    /// Begins the file.
    pub(crate) fn begin(
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
    pub(crate) fn add(&self, outcome: &Outcome) -> Result<(), SystemError> {
        self.append(&outcome.unique_id, outcome.status.name())
    }

    /// A node's work is about to stay.
    pub(crate) fn announce_commit(&self, node: &Node) -> Result<(), SystemError> {
        if adds_rows(&node.config) {
            self.append(&node.unique_id, COMMITTING)
        } else {
            Ok(())
        }
    }

    fn append(&self, id: &UniqueId, status: &str) -> Result<(), SystemError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let line = json!({"unique_id": id.as_str(), "status": status});
        self.system.append(path, format!("{line}\n").as_bytes())
    }

    /// Another command has written the results since.
    pub(crate) fn remove_old(session: &Session) {
        let path = session.project.target_path.join(FILE_NAME);
        let exists = session.system.is_file(&path);
        if exists && let Err(error) = session.system.remove(&path) {
            tracing::warn!(%error, "the journal of a killed run stays");
        }
    }

    /// The run is over, and its artifacts say the same.
    pub(crate) fn end(&self) {
        if let Some(path) = &self.path
            && let Err(error) = self.system.remove(path)
        {
            tracing::warn!(%error, "the journal of the run stays");
        }
    }
}

/// Whether a second run would add the same rows once more. To `append` a key means nothing.
fn adds_rows(config: &Config) -> bool {
    let has_key = config.get("unique_key").is_some_and(|it| !it.is_null());
    config.materialized() == "incremental"
        && match config.text("incremental_strategy") {
            Some("append") => true,
            Some("microbatch" | "insert_overwrite") => false,
            _ => !has_key,
        }
}

/// A run that was killed.
#[derive(Debug, Clone, PartialEq)]
pub struct KilledRun {
    /// Its flags, as in run_results.json.
    pub args: JsonMap,
    /// What it did not get to the end of, or what did not go well.
    pub open: BTreeSet<UniqueId>,
    /// Of these, the models that add rows and were about to commit: they may be done.
    pub uncertain: BTreeSet<UniqueId>,
}

impl KilledRun {
    /// The run that was killed in this target path, if the last one was. With `warnings_are_open` what ended with a warning
    /// did not go well.
    pub fn read(system: &dyn System, target_path: &Path, warnings_are_open: bool) -> Option<Self> {
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
        let mut uncertain = BTreeSet::new();
        // The last line may be cut short: its node is not known to have ended.
        for line in lines.filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
            let id = UniqueId::from(text("unique_id"));
            match text("status") {
                COMMITTING => {
                    uncertain.insert(id);
                    continue;
                }
                "warn" if warnings_are_open => {}
                "success" | "pass" | "warn" | "no-op" => {
                    open.remove(&id);
                }
                _ => {}
            }
            uncertain.remove(&id);
        }
        Some(Self {
            args,
            open,
            uncertain,
        })
    }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;
    use project::node::ResourceType;

    use super::*;

    #[test]
    fn what_is_not_known_to_have_ended_well_is_open() {
        let system = MemorySystem::default();
        let path = Path::new("/target").join(FILE_NAME);
        let lines = [
            r#"{"args": {"which": "run"}, "selected": ["model.a.x", "model.a.y", "model.a.z"]}"#,
            r#"{"unique_id": "model.a.x", "status": "success"}"#,
            r#"{"unique_id": "model.a.y", "status": "error"}"#,
            r#"{"unique_id": "model.a.z", "status": "committing"}"#,
            r#"{"unique_id": "model.a.z", "sta"#,
        ];
        system.write(&path, lines.join("\n").as_bytes()).unwrap();
        let run = KilledRun::read(&system, Path::new("/target"), false).unwrap();
        let open: Vec<&str> = run.open.iter().map(UniqueId::as_str).collect();
        assert_eq!(open, ["model.a.y", "model.a.z"]);
        let uncertain: Vec<&str> = run.uncertain.iter().map(UniqueId::as_str).collect();
        assert_eq!(uncertain, ["model.a.z"]);
        assert_eq!(run.args.get("which"), Some(&"run".into()));
    }

    #[test]
    fn models_that_append_add_the_same_rows_again() {
        let adds = |value: Value| {
            let own = value.as_object().unwrap().clone();
            adds_rows(&Config::new(ResourceType::Model, own))
        };
        let (kind, key) = ("incremental", "id");
        assert!(adds(json!({"materialized": kind})));
        assert!(adds(json!({"materialized": kind, "unique_key": null})));
        assert!(adds(
            json!({"materialized": kind, "unique_key": key, "incremental_strategy": "append"})
        ));
        assert!(!adds(json!({"materialized": kind, "unique_key": key})));
        assert!(!adds(
            json!({"materialized": kind, "incremental_strategy": "microbatch"})
        ));
        assert!(!adds(json!({"materialized": "table"})));
    }

    #[test]
    fn a_warning_is_open_where_warnings_are_errors() {
        let system = MemorySystem::default();
        let path = Path::new("/target").join(FILE_NAME);
        let lines = [
            r#"{"args": {"which": "test"}, "selected": ["test.a.x"]}"#,
            r#"{"unique_id": "test.a.x", "status": "warn"}"#,
        ];
        system.write(&path, lines.join("\n").as_bytes()).unwrap();
        let n_open = |warnings_are_open| {
            let run = KilledRun::read(&system, Path::new("/target"), warnings_are_open);
            run.unwrap().open.len()
        };
        assert_eq!((n_open(false), n_open(true)), (0, 1));
    }
}
