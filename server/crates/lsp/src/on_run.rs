//! Commands: what the user has executed, how it goes, and what came of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use base::{LineIndex, System};
use ide::{CommandKind, Generator};
use serde::de::DeserializeOwned;
use serde_json::{Value, to_value};
use tower_lsp::{
    jsonrpc::Error,
    lsp_types::{
        Diagnostic, DiagnosticSeverity, ExecuteCommandParams, MessageType, NumberOrString, Range,
        Url,
    },
};

use crate::{
    capabilities::command,
    client::Outgoing,
    dispatch::{Answer, request_failed},
    event::{Reply, Request},
    from_proto, handlers,
    paths::path_of,
    pool::Urgency,
    proto_ext::{CommandArgument, NodeRunResult, PreviewColumn, PreviewResult, RunResult},
    runner::{
        CancelFlag, CatalogRequest, DiffRequest, NodeFailure, NodeResult, Preview, PreviewRequest,
        PreviewSubject, RunError, RunEvent, RunKind, RunOutcome, RunProject, RunRequest,
        TablesRequest,
    },
    runs::{Job, Run, RunMessage, RunNews},
    shown_text::{self, ShownText, n_rows},
    snapshot::Snapshot,
    state::GlobalState,
    to_proto,
};

/// How many rows are previewed if nobody says.
const DEFAULT_LIMIT: usize = 500;

/// The code of diagnostics that runs leave behind.
const RUN_FAILURE: &str = "run-failure";

impl GlobalState {
    pub(crate) fn on_command(
        &mut self,
        params: ExecuteCommandParams,
        cancel: CancelFlag,
        reply: Reply<Option<Value>>,
    ) {
        let kind = match params.command.as_str() {
            command::RUN => Wanted::Run(RunKind::Run),
            command::BUILD => Wanted::Run(RunKind::Build),
            command::TEST => Wanted::Run(RunKind::Test),
            command::SEED => Wanted::Run(RunKind::Seed),
            command::SNAPSHOT => Wanted::Run(RunKind::Snapshot),
            command::FRESHNESS => Wanted::Run(RunKind::Freshness),
            command::PREVIEW => Wanted::Preview,
            command::DIFF => Wanted::Diff,
            command::READ_CATALOG => Wanted::Catalog,
            command::GENERATE_SOURCE => Wanted::Tables,
            command::SET_TARGET
            | command::DEFER
            | command::SERVER_STATUS
            | command::REBUILD_INDEX => {
                self.on_session_command(&params, reply);
                return;
            }
            command::CANCEL => {
                self.cancel_runs(&params);
                reply.send(Ok(None));
                return;
            }
            command::COMPILE | command::SHOW_COMPILED => {
                self.on_quiet_command(params, cancel, reply, handlers::command::compile);
                return;
            }
            command::SHOW_LINEAGE => {
                self.on_quiet_command(params, cancel, reply, handlers::command::lineage);
                return;
            }
            command::COLUMN_LINEAGE => {
                self.on_quiet_command(params, cancel, reply, handlers::command::column_lineage);
                return;
            }
            command::GENERATE_PROPERTIES => {
                self.on_generate(params, Generator::Properties, cancel, reply);
                return;
            }
            command::GENERATE_MODEL_FROM_SOURCE => {
                self.on_generate(params, Generator::ModelFromSource, cancel, reply);
                return;
            }
            other => {
                let message = format!("unknown command `{other}`");
                reply.send(Err(Error::invalid_params(message)));
                return;
            }
        };
        let uri = argument(&params).ok().map(|it| it.uri);
        if self.settings.trusted && uri.is_some_and(|uri| self.is_loading(Some(&uri))) {
            // Which nodes are meant is not known yet.
            self.defer(Request::ExecuteCommand(params, cancel, reply));
            return;
        }
        match self.job(kind, &params) {
            Ok((job, argument)) => {
                let title = job.title();
                let token = params.work_done_progress_params.work_done_token;
                let progress = self.progresses.begin_asked_for(token, &title);
                self.runs.push(Run {
                    job,
                    reply,
                    progress,
                    cancel,
                    n_planned: 0,
                    n_finished: 0,
                    argument,
                });
            }
            Err(error) => reply.send(Err(error)),
        }
    }

    /// One that executes nothing: it is answered as any other question.
    fn on_quiet_command(
        &mut self,
        params: ExecuteCommandParams,
        cancel: CancelFlag,
        reply: Reply<Option<Value>>,
        handler: fn(&Snapshot, &(ExecuteCommandParams, CancelFlag)) -> Answer<Option<Value>>,
    ) {
        match argument(&params) {
            Ok(argument) => self.answer(
                Some(argument.uri),
                ((params, cancel), reply),
                handler,
                |(params, cancel), reply| Request::ExecuteCommand(params, cancel, reply),
            ),
            Err(error) => reply.send(Err(error)),
        }
    }

    fn on_generate(
        &mut self,
        params: ExecuteCommandParams,
        generator: Generator,
        cancel: CancelFlag,
        reply: Reply<Option<Value>>,
    ) {
        match argument(&params) {
            Ok(argument) => self.answer(
                Some(argument.uri),
                (((params, generator), cancel), reply),
                |snapshot, (asked, _)| handlers::refactoring::generate(snapshot, asked),
                |((params, _), cancel), reply| Request::ExecuteCommand(params, cancel, reply),
            ),
            Err(error) => reply.send(Err(error)),
        }
    }

    fn cancel_runs(&self, params: &ExecuteCommandParams) {
        // Without an argument, or with a document of no project: everything.
        let path = argument(params).ok().and_then(|it| path_of(&it.uri));
        let root = path.and_then(|path| self.projects.root_of(&path));
        self.runs.cancel_all(root);
    }

    /// What to execute, or why not.
    fn job(
        &self,
        wanted: Wanted,
        params: &ExecuteCommandParams,
    ) -> Result<(Job, CommandArgument), Error> {
        let argument = argument(params)?;
        if !self.settings.trusted {
            return Err(request_failed(
                "the workspace is not trusted (setting `dagsmith.trusted`), so nothing is executed",
            ));
        }
        let path = path_of(&argument.uri);
        let root = path.as_ref().and_then(|path| self.projects.root_of(path));
        let Some(root) = root else {
            return Err(request_failed("this document is in no project"));
        };
        let selector = || match &argument.selector {
            Some(selector) => Ok(selector.clone()),
            None => self.selector(wanted, &argument),
        };
        let limit = argument.limit.unwrap_or(DEFAULT_LIMIT);
        let project = RunProject {
            root: root.clone(),
            system: self.overlay.clone(),
            target: self.settings.target.clone(),
            profiles_dir: self.settings.profiles_dir.clone(),
            vars: self.settings.vars.clone(),
            defer: self.deferral(&argument)?,
        };
        let job = match wanted {
            Wanted::Run(kind) => Job::Run(RunRequest {
                project,
                kind,
                selector: selector()?,
                full_refresh: argument.full_refresh == Some(true),
            }),
            Wanted::Preview => Job::Preview(PreviewRequest {
                project,
                subject: self.preview_subject(&argument, selector()?)?,
                limit,
            }),
            Wanted::Diff => Job::Diff(DiffRequest {
                project,
                selector: selector()?,
                limit,
            }),
            Wanted::Catalog => Job::ReadCatalog(CatalogRequest {
                project,
                selector: argument.selector.clone(),
            }),
            Wanted::Tables => {
                let schema = self.named_schema(&argument)?;
                let request = TablesRequest {
                    project,
                    database: schema.database.clone(),
                    schema: schema.schema.clone(),
                };
                Job::Tables(request, schema)
            }
        };
        Ok((job, argument))
    }

    fn preview_subject(
        &self,
        argument: &CommandArgument,
        selector: String,
    ) -> Result<PreviewSubject, Error> {
        if let Some(cte) = argument.cte.clone() {
            return Ok(PreviewSubject::Cte { selector, cte });
        }
        let Some(range) = argument.range else {
            return Ok(PreviewSubject::Node(selector));
        };
        let snapshot = self.snapshot();
        let query = guarded(|| {
            let selection = from_proto::file_range(&snapshot, &argument.uri, range).ok()??;
            snapshot.analysis.query_of_selection(selection).ok()?
        });
        query
            .map(PreviewSubject::Query)
            .ok_or_else(|| request_failed("nothing is selected"))
    }

    /// What the document, or the place in it, stands for.
    fn selector(&self, wanted: Wanted, argument: &CommandArgument) -> Result<String, Error> {
        let kind = match wanted {
            Wanted::Run(RunKind::Run) => CommandKind::Run,
            Wanted::Run(RunKind::Build) => CommandKind::Build,
            Wanted::Run(RunKind::Test) => CommandKind::Test,
            Wanted::Run(RunKind::Seed) => CommandKind::Seed,
            Wanted::Run(RunKind::Snapshot) => CommandKind::Snapshot,
            Wanted::Run(RunKind::Freshness) => CommandKind::Freshness,
            Wanted::Preview | Wanted::Diff | Wanted::Catalog | Wanted::Tables => {
                CommandKind::Preview
            }
        };
        let snapshot = self.snapshot();
        let question = || {
            let text = snapshot.text_of(&argument.uri).ok()??;
            let offset = argument.position.map(|at| text.offset(at));
            let selector = snapshot.analysis.selector(text.file, offset, kind);
            selector.ok()?
        };
        guarded(question).ok_or_else(|| request_failed("nothing in this document can be executed"))
    }

    pub(crate) fn on_run_message(&mut self, message: RunMessage) {
        match message.news {
            RunNews::Event(event) => {
                let Some(run) = self.runs.get_mut(message.run) else {
                    return;
                };
                let progress = run.progress;
                let (text, percentage) = run.on_event(&event);
                self.progresses.report(progress, text, percentage);
                if let RunEvent::NodeFinished(result) = event {
                    self.show_node_result(&result);
                }
            }
            RunNews::Ran(outcome) => {
                if let Some(run) = self.runs.finish(message.run) {
                    self.on_ran(run, outcome);
                }
            }
            RunNews::Previewed(outcome) => {
                if let Some(run) = self.runs.finish(message.run) {
                    self.on_previewed(run, outcome);
                }
            }
            RunNews::Compared(outcome) => {
                if let Some(run) = self.runs.finish(message.run) {
                    self.on_compared(run, outcome);
                }
            }
            RunNews::CatalogRead(outcome) => {
                if let Some(run) = self.runs.finish(message.run) {
                    self.on_catalog_read(run, outcome);
                }
            }
            RunNews::Tables(outcome) => {
                if let Some(run) = self.runs.finish(message.run) {
                    self.on_tables(run, outcome);
                }
            }
        }
    }

    fn on_ran(&mut self, run: Run, outcome: Result<RunOutcome, RunError>) {
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

    fn on_previewed(&mut self, run: Run, outcome: Result<Preview, RunError>) {
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

    fn show_node_result(&mut self, result: &NodeResult) {
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

/// Whether the client is asked to open a document. Of a run there is a message, and its failures are in their files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opened {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    Run(RunKind),
    Preview,
    Diff,
    Catalog,
    Tables,
}

/// An answer that is needed at once. Only the main loop cancels, and it is here.
pub(crate) fn guarded<T>(question: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(question)).unwrap_or_else(|_| {
        tracing::error!("finding out what a command means panicked");
        None
    })
}

/// The one argument of a command.
pub(crate) fn argument(params: &ExecuteCommandParams) -> Result<CommandArgument, Error> {
    let argument = params.arguments.first().cloned().unwrap_or(Value::Null);
    read_argument(params, argument)
}

pub(crate) fn read_argument<T: DeserializeOwned>(
    params: &ExecuteCommandParams,
    argument: Value,
) -> Result<T, Error> {
    serde_json::from_value(argument).map_err(|error| {
        Error::invalid_params(format!("`{}` takes an object: {error}", params.command))
    })
}

impl Run {
    /// Count it, and say it.
    fn on_event(&mut self, event: &RunEvent) -> (String, Option<u32>) {
        let text = match event {
            RunEvent::Planned { n_nodes } => {
                self.n_planned = *n_nodes;
                format!("{n_nodes} nodes")
            }
            RunEvent::NodeStarted { unique_id } => unique_id.clone(),
            RunEvent::NodeFinished(result) => {
                self.n_finished += 1;
                let (unique_id, status) = (&result.unique_id, &result.status);
                format!(
                    "{}/{} {unique_id}: {status}",
                    self.n_finished, self.n_planned
                )
            }
        };
        let percentage = (self.n_finished * 100).checked_div(self.n_planned);
        (text, percentage.map(|it| it.min(100) as u32))
    }
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
