//! What comes of runs: the answer, a document of it, and diagnostics where something failed.

use std::sync::Arc;

use base::{LineIndex, System};
use serde_json::to_value;
use tower_lsp::{
    jsonrpc::Error,
    lsp_types::{Diagnostic, DiagnosticSeverity, MessageType, NumberOrString, Range, Url},
};

use crate::{
    client::Outgoing,
    dispatch::request_failed,
    pool::Urgency,
    proto_ext::{NodeRunResult, PreviewColumn, PreviewResult, RunResult},
    runner::{NodeFailure, NodeResult, Preview, RunError, RunOutcome},
    runs::Run,
    shown_text::{self, ShownText, n_rows},
    state::GlobalState,
    to_proto,
};

/// The code of diagnostics that runs leave behind.
const RUN_FAILURE: &str = "run-failure";

/// Whether the client is asked to open a document. Of a run there is a message, and its failures are in their files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opened {
    Yes,
    No,
}

impl GlobalState {
    pub(crate) fn on_ran(&mut self, run: Run, outcome: Result<RunOutcome, RunError>) {
        let answer = match outcome {
            Ok(outcome) => {
                for result in &outcome.results {
                    self.show_node_result(result);
                }
                self.progresses
                    .end(run.progress, Some(outcome.summary.clone()));
                self.tell_summary(outcome.success, &outcome.summary);
                if self.features.refresh_inlay_hints {
                    self.say(Outgoing::RefreshInlayHints);
                }
                let mut result = run_result(outcome);
                let title = run.job.title();
                let text = || shown_text::run(&title, &result);
                result.document = self.write_down(&run, Opened::No, text);
                to_value(result)
                    .map(Some)
                    .map_err(|_| Error::internal_error())
            }
            Err(error) => Err(self.refused(&run, &error)),
        };
        run.reply.send(answer);
    }

    pub(crate) fn on_previewed(&mut self, run: Run, outcome: Result<Preview, RunError>) {
        let answer = match outcome {
            Ok(preview) => {
                self.clear_failure(&preview_key(&preview.unique_id));
                let summary = n_rows(preview.rows.len() as u64);
                self.progresses.end(run.progress, Some(summary));
                let mut result = preview_result(&run, preview);
                let title = run.job.title();
                let text = || shown_text::preview(&title, &result);
                result.document = self.write_down(&run, Opened::Yes, text);
                to_value(result)
                    .map(Some)
                    .map_err(|_| Error::internal_error())
            }
            Err(error) => Err(self.refused(&run, &error)),
        };
        run.reply.send(answer);
    }

    pub(crate) fn refused(&mut self, run: &Run, error: &RunError) -> Error {
        self.progresses
            .end(run.progress, Some(error.message.clone()));
        if let Some((unique_id, failure)) = &error.failure {
            let key = preview_key(unique_id);
            self.clear_failure(&key);
            self.show_failure(&key, failure);
        }
        if run.cancel.is_cancelled() {
            Error::request_cancelled()
        } else {
            self.tell_summary(false, &error.message);
            request_failed(error.message.clone())
        }
    }

    pub(crate) fn tell_summary(&self, success: bool, summary: &str) {
        if !self.features.results {
            let kind = if success {
                MessageType::INFO
            } else {
                MessageType::ERROR
            };
            self.say(Outgoing::ShowMessage(kind, summary.to_owned()));
        }
    }

    /// A result as a document that any editor can open, for a client that shows none by itself; where it is.
    pub(crate) fn write_down(
        &self,
        run: &Run,
        opened: Opened,
        text: impl FnOnce() -> String,
    ) -> Option<Url> {
        if self.features.results {
            return None;
        }
        let target_path = self.node_runs.target_path(run.job.root())?;
        let shown = ShownText::result(&target_path, &run.job.title(), text());
        let uri = shown.uri();
        let (overlay, client) = (Arc::clone(&self.overlay), self.client.clone());
        let features = Arc::clone(&self.features);
        // Nobody waits for a disk.
        self.pool().spawn(Urgency::Now, move || match opened {
            Opened::Yes => shown.show(&*overlay, &client, &features),
            Opened::No => {
                shown.write(&*overlay);
            }
        });
        uri
    }

    pub(crate) fn show_node_result(&mut self, result: &NodeResult) {
        self.clear_failure(&result.unique_id);
        self.clear_failure(&preview_key(&result.unique_id));
        if let Some(failure) = &result.failure {
            self.show_failure(&result.unique_id, failure);
        }
    }

    pub(crate) fn clear_failure(&mut self, key: &str) {
        for file in self.publisher.clear_failed_node(key) {
            self.publish(file);
        }
    }

    /// A failure becomes a diagnostic where the user can mend it.
    fn show_failure(&mut self, key: &str, failure: &NodeFailure) {
        let bytes = self.overlay.read(&failure.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let index = LineIndex::new(&text);
        let range = failure.range.map_or_else(Range::default, |range| {
            self.features.encoding.range(&index, &text, range)
        });
        let diagnostic = failure_diagnostic(range, failure.is_warning, &failure.message);
        let file = self.paths.intern(&failure.path);
        self.publisher.set_failed(file, key, diagnostic);
        self.publish(file);
    }
}

/// What a run failed at, as the client shows it.
pub(crate) fn failure_diagnostic(range: Range, is_warning: bool, message: &str) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(if is_warning {
            DiagnosticSeverity::WARNING
        } else {
            DiagnosticSeverity::ERROR
        }),
        code: Some(NumberOrString::String(RUN_FAILURE.to_owned())),
        source: Some(to_proto::SOURCE.to_owned()),
        message: message.to_owned(),
        ..Diagnostic::default()
    }
}

/// What a failed preview is remembered by: the next run of the node replaces it, a preview replaces no failed run.
pub(crate) fn preview_key(unique_id: &str) -> String {
    format!("preview of {unique_id}")
}

fn run_result(outcome: RunOutcome) -> RunResult {
    let results = outcome.results.into_iter().map(|result| NodeRunResult {
        unique_id: result.unique_id,
        status: result.status,
        message: result.message,
        execution_time: result.execution_time.as_secs_f64(),
    });
    RunResult {
        success: outcome.success,
        summary: outcome.summary,
        results: results.collect(),
        document: None,
    }
}

fn preview_result(run: &Run, preview: Preview) -> PreviewResult {
    let columns = preview
        .columns
        .into_iter()
        .map(|(name, data_type)| PreviewColumn { name, data_type });
    PreviewResult {
        uri: run.argument.uri.clone(),
        columns: columns.collect(),
        rows: preview.rows,
        truncated: preview.truncated,
        sql: preview.sql,
        elapsed_ms: u64::try_from(preview.elapsed.as_millis()).unwrap_or(u64::MAX),
        document: None,
    }
}
