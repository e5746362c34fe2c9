//! run_results.json v6: what every node ended as, written again whenever one ends, so that a run that dies leaves what
//! it knew.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use base::{System, SystemError};
use chrono::{DateTime, Utc};
use project::json::JsonMap;
use serde_json::{Value, json};

use crate::outcome::Outcome;

const SCHEMA: &str = "https://schemas.getdbt.com/dbt/run-results/v6.json";

/// Rewriting a file of many megabytes for every one of a thousand nodes would cost more than the nodes.
const PAUSE: Duration = Duration::from_millis(500);

/// What every artifact says of the invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtifactMetadata {
    /// The version of dbt whose artifacts these are.
    pub dbt_version: String,
    /// A UUID.
    pub invocation_id: String,
    /// When the invocation began.
    pub invocation_started_at: SystemTime,
    /// `DBT_ENV_CUSTOM_ENV_*` without the prefix.
    pub env: JsonMap,
}

impl ArtifactMetadata {
    /// The `metadata` of an artifact of this schema, written at `now`.
    #[must_use]
    pub fn to_json(&self, schema: &str, now: SystemTime) -> JsonMap {
        let mut map = JsonMap::new();
        map.insert("dbt_schema_version".to_owned(), schema.into());
        map.insert("dbt_version".to_owned(), self.dbt_version.clone().into());
        map.insert("generated_at".to_owned(), timestamp(now).into());
        map.insert(
            "invocation_id".to_owned(),
            self.invocation_id.clone().into(),
        );
        map.insert(
            "invocation_started_at".to_owned(),
            timestamp(self.invocation_started_at).into(),
        );
        map.insert("env".to_owned(), Value::Object(self.env.clone()));
        map
    }
}

/// `2026-11-22T21:43:07.123456Z`
#[must_use]
pub fn timestamp(time: SystemTime) -> String {
    DateTime::<Utc>::from(time)
        .format("%Y-%m-%dT%H:%M:%S%.6fZ")
        .to_string()
}

/// Collects outcomes and keeps the file up to date.
pub struct RunResults {
    system: Arc<dyn System>,
    path: Option<PathBuf>,
    metadata: ArtifactMetadata,
    args: JsonMap,
    started: Instant,
    state: Mutex<State>,
}

struct State {
    results: Vec<Value>,
    /// Not to be written again before.
    pause_ends: Option<Instant>,
}

impl RunResults {
    /// A new file at `path`; `None` writes nothing (`--no-write-json`).
    #[must_use]
    pub fn new(
        system: Arc<dyn System>,
        path: Option<PathBuf>,
        metadata: ArtifactMetadata,
        args: JsonMap,
    ) -> Self {
        Self {
            system,
            path,
            metadata,
            args,
            started: Instant::now(),
            state: Mutex::new(State {
                results: Vec::new(),
                pause_ends: None,
            }),
        }
    }

    /// A node ended.
    pub fn add(&self, outcome: &Outcome) -> Result<(), SystemError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.results.push(result_json(outcome));
        let now = Instant::now();
        if state.pause_ends.is_some_and(|end| now < end) {
            return Ok(());
        }
        self.write(&state.results)?;
        // The more results, the longer it takes to write them all again: a twentieth of the time at most goes there.
        state.pause_ends = Some(Instant::now() + PAUSE.max(now.elapsed() * 20));
        Ok(())
    }

    /// The run is over.
    pub fn finish(&self) -> Result<(), SystemError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&state.results)
    }

    fn write(&self, results: &[Value]) -> Result<(), SystemError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let artifact = json!({
            "metadata": self.metadata.to_json(SCHEMA, self.system.now()),
            "results": results,
            "elapsed_time": self.started.elapsed().as_secs_f64(),
            "args": self.args,
        });
        self.system.write(path, artifact.to_string().as_bytes())
    }
}

fn result_json(outcome: &Outcome) -> Value {
    let timing: Vec<Value> = outcome
        .timing
        .iter()
        .map(|step| {
            json!({
                "name": step.name,
                "started_at": timestamp(step.started_at),
                "completed_at": timestamp(step.completed_at),
            })
        })
        .collect();
    let compiled = outcome
        .is_compilable
        .then_some(outcome.compiled_code.is_some());
    json!({
        "status": outcome.status.name(),
        "timing": timing,
        "thread_id": outcome.thread,
        "execution_time": outcome.execution_time,
        "adapter_response": outcome.adapter_response,
        "message": outcome.message,
        "failures": outcome.failures,
        "unique_id": outcome.unique_id.as_str(),
        "compiled": compiled,
        "compiled_code": outcome.compiled_code,
        "relation_name": outcome.relation_name,
        "batch_results": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Status;
    use base::MemorySystem;

    #[test]
    fn the_file_is_whole_after_every_write() {
        let system = Arc::new(MemorySystem::default());
        let metadata = ArtifactMetadata {
            dbt_version: "1.11.0".to_owned(),
            invocation_id: "0".to_owned(),
            invocation_started_at: SystemTime::UNIX_EPOCH,
            env: JsonMap::new(),
        };
        let path = PathBuf::from("/target/run_results.json");
        let results = RunResults::new(system.clone(), Some(path.clone()), metadata, JsonMap::new());
        for name in ["model.a.x", "model.a.y"] {
            results
                .add(&Outcome::untried(name.into(), Status::Success, None))
                .unwrap();
        }
        results.finish().unwrap();
        let written: Value = serde_json::from_slice(&system.read(&path).unwrap()).unwrap();
        let ids: Vec<_> = written["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["unique_id"])
            .collect();
        assert_eq!(ids, ["model.a.x", "model.a.y"]);
        assert_eq!(
            written["metadata"]["invocation_started_at"],
            "1970-01-01T00:00:00.000000Z"
        );
    }
}
