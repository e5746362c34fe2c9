//! What the last run failed at, before this session began: from `target/run_results.json`, once for each project.
//!
//! A file that was changed since then may be right by now, so nothing is said of it. Failures of runs in this session
//! come with exact places, and replace these.

use std::path::{Path, PathBuf};

use base::{FileId, SourceRange, System};
use serde::Deserialize;
use tower_lsp::lsp_types::Diagnostic;

use crate::{
    documents::Document, event::Event, on_outcome, pool::Urgency, snapshot::Snapshot,
    state::GlobalState,
};

/// A run of another time.
#[derive(Debug, Clone)]
pub(crate) struct LastRun {
    root: PathBuf,
    /// When the results were written, as files are stamped.
    finished_ns: u64,
    failures: Vec<Failure>,
}

/// A node that failed in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Failure {
    unique_id: String,
    status: String,
    message: Option<String>,
}

#[derive(Deserialize)]
struct RunResults {
    results: Vec<Failure>,
}

/// A failure and its place now.
#[derive(Debug)]
pub(crate) struct PlacedFailure {
    file: FileId,
    /// Of the open document that was looked at.
    version: Option<i32>,
    unique_id: String,
    diagnostic: Diagnostic,
}

/// What the results say; `None` if there are none that can be read.
pub(crate) fn read(system: &dyn System, root: PathBuf, results: &Path) -> Option<LastRun> {
    let finished_ns = system.entry(results)?.stamp.modified_ns;
    let bytes = system.read(results).ok()?;
    // Another version's, or somebody else's: nothing depends on it.
    let read: RunResults = serde_json::from_slice(&bytes).ok()?;
    let mut failures = read.results;
    failures.retain(|it| matches!(&*it.status, "error" | "runtime error" | "fail" | "warn"));
    Some(LastRun {
        root,
        finished_ns,
        failures,
    })
}

impl GlobalState {
    /// Look for the places of what failed, which may mean to look at many files.
    pub(crate) fn on_last_run(&mut self, run: LastRun) {
        if run.failures.is_empty() {
            return;
        }
        let snapshot = self.snapshot();
        let versions: Vec<(FileId, i32)> = self
            .documents
            .iter()
            .map(|(path, document)| (self.paths.intern(path), document.version()))
            .collect();
        let events = self.events();
        self.pool().spawn(Urgency::Soon, move || {
            let version_of = |file| {
                let mut versions = versions.iter();
                versions.find(|it| it.0 == file).map(|it| it.1)
            };
            let mut placed = Vec::new();
            for failure in &run.failures {
                let Ok(found) = place(&snapshot, &run, failure) else {
                    drop(snapshot);
                    events.send(Event::LastRun(run));
                    return;
                };
                placed.extend(found.map(|(file, diagnostic)| PlacedFailure {
                    file,
                    version: version_of(file),
                    unique_id: failure.unique_id.clone(),
                    diagnostic,
                }));
            }
            // An edit waits for this.
            drop(snapshot);
            events.send(Event::LastRunPlaced(placed));
        });
    }

    pub(crate) fn on_last_run_placed(&mut self, placed: Vec<PlacedFailure>) {
        for failure in placed {
            let version = self.document(failure.file).map(Document::version);
            let is_known = self.publisher.has_failed(&failure.unique_id);
            if version == failure.version && !is_known {
                let (file, id) = (failure.file, &failure.unique_id);
                self.publisher.set_failed(file, id, failure.diagnostic);
                self.publish(file);
            }
        }
    }
}

fn place(
    snapshot: &Snapshot,
    run: &LastRun,
    failure: &Failure,
) -> Result<Option<(FileId, Diagnostic)>, base::Cancelled> {
    let found = snapshot
        .analysis
        .node_place(&run.root, &failure.unique_id)?;
    let Some(at) = found else {
        return Ok(None);
    };
    let path = snapshot.paths.path(at.file);
    let entry = path.and_then(|path| snapshot.overlay.entry_on_disk(&path));
    let is_same = entry.is_some_and(|entry| entry.stamp.modified_ns <= run.finished_ns);
    let Ok(Some(text)) = snapshot.text(at.file) else {
        return Ok(None);
    };
    if !is_same {
        return Ok(None);
    }
    let message = failure.message.as_deref().unwrap_or("failed");
    let range = shown_line(message, text.text()).unwrap_or(at.range);
    let is_warning = failure.status == "warn";
    let diagnostic = on_outcome::failure_diagnostic(text.range(range), is_warning, message);
    Ok(Some((at.file, diagnostic)))
}

/// The line that the warehouse shows (`LINE 3: select nmae`), if it stands in the file as it is, and once.
fn shown_line(message: &str, text: &str) -> Option<SourceRange> {
    let shown = message
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("LINE ")?.split_once(": "))?;
    let shown = shown.1.trim().trim_matches('.').trim();
    let mut places = text.match_indices(shown).filter(|_| !shown.is_empty());
    match (places.next(), places.next()) {
        (Some((start, _)), None) => Some(SourceRange::from_usize(start, start + shown.len())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn only_failures_are_read() {
        let results = r#"{"metadata": {}, "results": [
            {"unique_id": "model.p.a", "status": "success", "message": null},
            {"unique_id": "model.p.b", "status": "error", "message": "no"},
            {"unique_id": "model.p.c", "status": "skipped"}
        ]}"#;
        let path = Path::new("/p/target/run_results.json");
        let system = MemorySystem::new([
            (path.to_owned(), results.to_owned()),
            ("/p/broken.json".into(), "{".to_owned()),
        ]);
        let run = read(&system, "/p".into(), path).unwrap();
        let ids: Vec<_> = run.failures.iter().map(|it| &*it.unique_id).collect();
        assert_eq!(ids, ["model.p.b"]);
        assert!(read(&system, "/p".into(), Path::new("/p/broken.json")).is_none());
        assert!(read(&system, "/p".into(), Path::new("/p/none.json")).is_none());
    }

    #[test]
    fn the_line_at_fault_is_found_if_it_is_written_so() {
        let text = "select\n    nmae as name\nfrom {{ ref('a') }}\n";
        let message = "Binder Error: no such column\n\nLINE 3:     nmae as name\n            ^";
        assert_eq!(shown_line(message, text).unwrap().of(text), "nmae as name");
        assert_eq!(shown_line("LINE 1: from a.b.c", text), None);
    }
}
