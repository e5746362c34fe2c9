//! Commands: what the user has executed, how it goes, and what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ide::{CommandKind, Generator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower_lsp::{jsonrpc::Error, lsp_types::ExecuteCommandParams};

use crate::{
    capabilities::command,
    dispatch::{Answer, request_failed},
    event::{Reply, Request},
    from_proto, handlers,
    paths::path_of,
    proto_ext::CommandArgument,
    runner::{
        CancelFlag, CatalogRequest, DiffRequest, PreviewRequest, PreviewSubject, RunEvent, RunKind,
        RunProject, RunRequest, TablesRequest,
    },
    runs::{Job, Run, RunMessage, RunNews},
    snapshot::Snapshot,
    state::GlobalState,
};

/// How many rows are previewed if nobody says.
const DEFAULT_LIMIT: usize = 500;

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
