//! run_results.json v6: what every node ended as, written again whenever one ends, so that a run that dies leaves what
//! it knew.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use base::{System, SystemError};
use chrono::{DateTime, Timelike as _, Utc};
use project::{
    event_time::{TimeWindow, iso_text},
    json::JsonMap,
};
use serde::Serialize;
use serde_json::Value;

use crate::outcome::{BatchResults, Outcome};

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
    // By its parts: a pattern would be read anew for each of the many lines of a log.
    let time = DateTime::<Utc>::from(time);
    let (date, micros) = (time.date_naive(), time.timestamp_subsec_micros());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
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
    /// The results as JSON, with commas between them: each is put into text once, however often the file is written.
    results: Vec<u8>,
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
        if self.path.is_none() {
            return Ok(());
        }
        let result = text(&ResultJson::of(outcome));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.results.is_empty() {
            state.results.push(b',');
        }
        state.results.extend(result);
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

    fn write(&self, results: &[u8]) -> Result<(), SystemError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let metadata = text(&self.metadata.to_json(SCHEMA, self.system.now()));
        let elapsed = text(&self.started.elapsed().as_secs_f64());
        let artifact: [&[u8]; 9] = [
            br#"{"metadata":"#,
            &metadata,
            br#","results":["#,
            results,
            br#"],"elapsed_time":"#,
            &elapsed,
            br#","args":"#,
            &text(&self.args),
            b"}",
        ];
        self.system.write(path, &artifact.concat())
    }
}

/// As JSON. Keys are text and numbers finite: it cannot fail.
fn text(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec())
}

/// An entry of the file.
#[derive(Serialize)]
struct ResultJson<'a> {
    status: &'static str,
    timing: Vec<TimingJson>,
    thread_id: &'a str,
    execution_time: f64,
    adapter_response: &'a JsonMap,
    message: Option<&'a str>,
    failures: Option<i64>,
    unique_id: &'a str,
    compiled: Option<bool>,
    compiled_code: Option<&'a str>,
    relation_name: Option<&'a str>,
    batch_results: Option<BatchResultsJson>,
}

#[derive(Serialize)]
struct TimingJson {
    name: &'static str,
    started_at: String,
    completed_at: String,
}

/// Batches as pairs of times.
#[derive(Serialize)]
struct BatchResultsJson {
    successful: Vec<[String; 2]>,
    failed: Vec<[String; 2]>,
}

impl BatchResultsJson {
    fn of(results: &BatchResults) -> Self {
        let pairs = |windows: &[TimeWindow]| {
            let pair = |window: &TimeWindow| [window.start, window.end].map(iso_text);
            windows.iter().map(pair).collect()
        };
        Self {
            successful: pairs(&results.successful),
            failed: pairs(&results.failed),
        }
    }
}

impl<'a> ResultJson<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let timing = outcome.timing.iter().map(|step| TimingJson {
            name: step.name,
            started_at: timestamp(step.started_at),
            completed_at: timestamp(step.completed_at),
        });
        let compiled = outcome.compiled_code.is_some();
        Self {
            status: outcome.status.name(),
            timing: timing.collect(),
            thread_id: &outcome.thread,
            execution_time: outcome.execution_time,
            adapter_response: &outcome.adapter_response,
            message: outcome.message.as_deref(),
            failures: outcome.failures,
            unique_id: outcome.unique_id.as_str(),
            compiled: outcome.is_compilable.then_some(compiled),
            compiled_code: outcome.compiled_code.as_deref(),
            relation_name: outcome.relation_name.as_deref(),
            batch_results: outcome.batches.as_ref().map(BatchResultsJson::of),
        }
    }
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
