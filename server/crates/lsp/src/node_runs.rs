//! How nodes went when they were run last, for hover: from `run_results.json`, which runs of this session write, too.
//!
//! Read when somebody asks, and again only when the file has another stamp.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use base::System;
use serde::Deserialize;

/// The last results of each project. Shared by all snapshots.
#[derive(Debug, Default)]
pub(crate) struct NodeRuns {
    known: Mutex<BTreeMap<PathBuf, Known>>,
}

#[derive(Debug, Default)]
struct Known {
    results: PathBuf,
    /// Of the file that `runs` was read from.
    modified_ns: Option<u64>,
    runs: Arc<BTreeMap<String, NodeRun>>,
}

/// How a node went.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct NodeRun {
    unique_id: String,
    status: String,
    #[serde(default)]
    execution_time: f64,
    /// Of a test: the rows that failed.
    failures: Option<i64>,
    #[serde(default)]
    adapter_response: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    timing: Vec<Timing>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Timing {
    completed_at: Option<String>,
}

#[derive(Deserialize)]
struct RunResults {
    results: Vec<NodeRun>,
}

impl NodeRuns {
    /// Where the project at `root` keeps its results.
    pub(crate) fn set_place(&self, root: &Path, results: PathBuf) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(root.to_owned()).or_default();
        if known.results != results {
            *known = Known {
                results,
                ..Known::default()
            };
        }
    }

    /// Where the project at `root` keeps what it generates.
    pub(crate) fn target_path(&self, root: &Path) -> Option<PathBuf> {
        let all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(root)?.results.parent().map(Path::to_owned)
    }

    /// The last run of a node, if the results have one.
    pub(crate) fn get(&self, system: &dyn System, root: &Path, unique_id: &str) -> Option<NodeRun> {
        let (results, known) = {
            let all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let known = all.get(root)?;
            (
                known.results.clone(),
                known.modified_ns.map(|at| (at, Arc::clone(&known.runs))),
            )
        };
        let modified_ns = system.entry(&results)?.stamp.modified_ns;
        if let Some((_, runs)) = known.filter(|(at, _)| *at == modified_ns) {
            return runs.get(unique_id).cloned();
        }
        // Another version's, or half of it: nothing depends on it.
        let read: RunResults = serde_json::from_slice(&system.read(&results).ok()?).ok()?;
        let by_id = read
            .results
            .into_iter()
            .map(|run| (run.unique_id.clone(), run));
        let runs: Arc<BTreeMap<String, NodeRun>> = Arc::new(by_id.collect());
        let found = runs.get(unique_id).cloned();
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(root).filter(|it| it.results == results) {
            known.modified_ns = Some(modified_ns);
            known.runs = runs;
        }
        found
    }
}

impl NodeRun {
    /// `120 rows`, or `2 failures` of a test; `None` where the warehouse did not say.
    pub(crate) fn count(&self) -> Option<String> {
        self.failures().or_else(|| self.rows())
    }

    fn rows(&self) -> Option<String> {
        let rows = self.adapter_response.get("rows_affected")?.as_i64()?;
        (rows >= 0).then(|| counted(rows, "row"))
    }

    fn failures(&self) -> Option<String> {
        let failures = self.failures.filter(|failures| *failures > 0);
        failures.map(|failures| counted(failures, "failure"))
    }

    /// `last run: success in 0.42 s, 120 rows, 2026-01-02 03:04:05 UTC`
    pub(crate) fn markdown(&self) -> String {
        let mut parts = vec![format!("{} in {:.2} s", self.status, self.execution_time)];
        parts.extend(self.rows());
        parts.extend(self.failures());
        let finished = self
            .timing
            .iter()
            .filter_map(|it| it.completed_at.as_deref())
            .max();
        parts.extend(finished.map(|at| {
            let at = at.split(['.', 'Z']).next().unwrap_or(at);
            format!("{} UTC", at.replace('T', " "))
        }));
        format!("last run: {}", parts.join(", "))
    }
}

fn counted(n: i64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn the_last_run_of_a_node_is_told() {
        let results = r#"{"metadata": {}, "results": [
            {"unique_id": "model.p.a", "status": "success", "execution_time": 0.421, "failures": null,
             "adapter_response": {"rows_affected": 120},
             "timing": [{"name": "compile", "completed_at": "2026-01-02T03:04:04.000000Z"},
                        {"name": "execute", "completed_at": "2026-01-02T03:04:05.123456Z"}]},
            {"unique_id": "test.p.b", "status": "fail", "execution_time": 1, "failures": 1},
            {"unique_id": "model.p.c", "status": "skipped", "execution_time": 0.0, "timing": [], "adapter_response": {}}
        ]}"#;
        let path = Path::new("/p/target/run_results.json");
        let system = MemorySystem::new([(path.to_owned(), results.to_owned())]);
        let runs = NodeRuns::default();
        let told = |id: &str| Some(runs.get(&system, Path::new("/p"), id)?.markdown());
        assert_eq!(told("model.p.a"), None);
        runs.set_place(Path::new("/p"), path.to_owned());
        assert_eq!(
            told("model.p.a").as_deref(),
            Some("last run: success in 0.42 s, 120 rows, 2026-01-02 03:04:05 UTC")
        );
        assert_eq!(
            told("test.p.b").as_deref(),
            Some("last run: fail in 1.00 s, 1 failure")
        );
        assert_eq!(
            told("model.p.c").as_deref(),
            Some("last run: skipped in 0.00 s")
        );
        assert_eq!(told("model.p.gone"), None);
        runs.set_place(Path::new("/p"), "/p/other/run_results.json".into());
        assert_eq!(told("model.p.a"), None);
    }
}
