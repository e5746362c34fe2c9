//! Executes for the language server what the command line would execute: the same invocation, the same session.
//!
//! One run at a time in the process, since paths in SQL and in profiles are relative to the project and the process has
//! one working directory.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use engine::{CancelToken, Cell, Event, Outcome, Reporter, Status, Task, WarnErrorOptions};
use lsp::{
    CancelFlag, CatalogReading, CatalogRequest, Diff, DiffRequest, NodeFailure, NodeResult,
    Preview, PreviewRequest, PreviewSubject, RunError, RunEvent, RunKind, RunListener, RunOutcome,
    RunProject, RunRequest, Runner, TablesRequest, WarehouseTable,
};
use serde_json::Value;

use super::asking;
use crate::{
    cli::Invocation,
    commands::{
        graph_run::{has_freshness, kinds},
        show,
    },
    open::{OpenConfig, OpenProject, open},
    run_context::{CommandContext, metadata},
};

/// What JSON numbers hold exactly.
const MAX_EXACT: i128 = 1 << 53;

/// The engine, for the language server.
#[derive(Default)]
pub(crate) struct EngineRunner {
    running: Mutex<()>,
}

impl Runner for EngineRunner {
    fn run(
        &self,
        request: &RunRequest,
        events: RunListener,
        cancel: &CancelFlag,
    ) -> Result<RunOutcome, RunError> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let (command, task) = match request.kind {
            RunKind::Run => ("run", Task::Run),
            RunKind::Build => ("build", Task::Build),
            RunKind::Test => ("test", Task::Test),
            RunKind::Seed => ("seed", Task::Seed),
            RunKind::Snapshot => ("snapshot", Task::Snapshot),
            RunKind::Freshness => ("source freshness", Task::SourceFreshness),
        };
        let mut line = arguments(command, &request.project, &["--select", &request.selector]);
        let may_refresh = matches!(request.kind, RunKind::Run | RunKind::Build | RunKind::Seed);
        if request.full_refresh && may_refresh {
            line.push("--full-refresh".to_owned());
        }
        let listener = Listener { events };
        let context = context(line, &request.project, Arc::new(listener), cancel)?;
        Self::run_graph(&context, task).map_err(|error| RunError::new(format!("{error:#}")))
    }

    fn preview(&self, request: &PreviewRequest, cancel: &CancelFlag) -> Result<Preview, RunError> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match &request.subject {
            PreviewSubject::Node(selector) | PreviewSubject::Cte { selector, .. } => {
                arguments("show", &request.project, &["--select", selector])
            }
            PreviewSubject::Query(sql) => arguments("show", &request.project, &["--inline", sql]),
        };
        let context = context(line, &request.project, Arc::new(engine::Silent), cancel)?;
        let failed = |error: anyhow::Error| RunError::new(format!("{error:#}"));
        let (project, nodes) = show::nodes(&context).map_err(failed)?;
        let [node] = &*nodes else {
            return Err(RunError::new(format!(
                "{} nodes are selected; a preview shows one",
                nodes.len()
            )));
        };
        let selected = [node.unique_id.clone()].into();
        let session = context.session(&project, &selected).map_err(failed)?;
        let started = Instant::now();
        // One row more than wanted tells whether there are more.
        let limit = Some(request.limit.saturating_add(1));
        let profile = project.manifest.profile.as_ref();
        let adapter_type = profile.map_or("", |it| &*it.adapter_type);
        let shown = engine::show_part(&session, node, limit, |sql| match &request.subject {
            PreviewSubject::Node(_) | PreviewSubject::Query(_) => Ok(sql.to_owned()),
            PreviewSubject::Cte { cte, .. } => ide::query_of_cte(sql, cte, adapter_type)
                .ok_or_else(|| format!("the compiled query has no CTE `{cte}`")),
        });
        let shown = shown.map_err(|failure| RunError {
            message: failure.message.clone(),
            failure: node_failure(&project, &node.unique_id, &failure.message, Some(&failure))
                .map(|place| (node.unique_id.to_string(), place)),
        })?;
        Ok(Preview {
            unique_id: node.unique_id.to_string(),
            ..preview(shown, request.limit, started.elapsed())
        })
    }

    fn diff(&self, request: &DiffRequest, cancel: &CancelFlag) -> Result<Diff, RunError> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        asking::diff(request, cancel)
    }

    fn read_catalog(
        &self,
        request: &CatalogRequest,
        cancel: &CancelFlag,
    ) -> Result<CatalogReading, RunError> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        asking::read_catalog(request, cancel)
    }

    fn tables(
        &self,
        request: &TablesRequest,
        cancel: &CancelFlag,
    ) -> Result<Vec<WarehouseTable>, RunError> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        asking::tables(request, cancel)
    }
}

impl EngineRunner {
    fn run_graph(context: &CommandContext, task: Task) -> anyhow::Result<RunOutcome> {
        let started = Instant::now();
        let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
        std::env::set_current_dir(&config.root)?;
        let project = open(&*context.system, &config)?;
        if let Some(first) = project.errors.first() {
            let summary = first.lines().next().unwrap_or(first);
            anyhow::bail!(
                "the project has {}: {summary}",
                engine::plural(project.errors.len(), "error")
            );
        }
        let kinds = kinds(context, task)?;
        let mut selected = project.select(context, &kinds)?;
        if task == Task::SourceFreshness {
            selected.retain(|id| has_freshness(&project, id));
        }
        if selected.is_empty() {
            anyhow::bail!(
                "the selection is empty: nothing to {}",
                context.invocation.command
            );
        }
        let session = context.session(&project, &selected)?;
        let threads = project.threads(&context.invocation);
        let summary = engine::run(&session, task, &selected, threads, &context.metadata)?;
        let results = summary.outcomes.iter();
        Ok(RunOutcome {
            success: summary.is_success(),
            summary: summary_line(&summary, started.elapsed()),
            results: results.map(|it| node_result(&project, it)).collect(),
        })
    }
}

/// The command line that does the same.
pub(super) fn arguments(command: &str, project: &RunProject, own: &[&str]) -> Vec<String> {
    let mut line = vec!["dagsmith".to_owned()];
    line.extend(command.split(' ').map(str::to_owned));
    line.extend(own.iter().map(|it| (*it).to_owned()));
    let mut push = |flag: &str, value: String| line.extend([flag.to_owned(), value]);
    push("--project-dir", project.root.display().to_string());
    if let Some(target) = &project.target {
        push("--target", target.clone());
    }
    if let Some(dir) = &project.profiles_dir {
        push("--profiles-dir", dir.display().to_string());
    }
    if !project.vars.is_empty() {
        // JSON is YAML.
        push("--vars", Value::from(project.vars.clone()).to_string());
    }
    if let Some(deferral) = &project.defer {
        push("--state", deferral.state.display().to_string());
        // What the warehouse has is asked of this environment.
        if command != "list" {
            line.push("--defer".to_owned());
            line.extend(deferral.favor_state.then(|| "--favor-state".to_owned()));
        }
    }
    line
}

pub(super) fn context(
    line: Vec<String>,
    project: &RunProject,
    reporter: Arc<dyn Reporter>,
    cancel: &CancelFlag,
) -> Result<CommandContext, RunError> {
    let invocation = Invocation::parse(line).map_err(|error| RunError::new(error.to_string()))?;
    let token = CancelToken::new();
    let stop = token.clone();
    cancel.on_cancel(move || stop.cancel());
    Ok(CommandContext {
        warnings: WarnErrorOptions::default(),
        invocation,
        repeated: None,
        deprecations: Arc::default(),
        metadata: metadata(&*project.system),
        system: Arc::clone(&project.system),
        reporter,
        cancel: token,
        current_dir: project.root.clone(),
    })
}

/// Tells the editor what happens.
struct Listener {
    events: RunListener,
}

impl Reporter for Listener {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Started { total, .. } => (self.events)(RunEvent::Planned { n_nodes: *total }),
            Event::NodeStarted(node) => (self.events)(RunEvent::NodeStarted {
                unique_id: node.unique_id.to_string(),
            }),
            // Its failure comes with the outcome, when the project is at hand to find the place.
            Event::NodeFinished { outcome, .. } => {
                (self.events)(RunEvent::NodeFinished(bare_result(outcome)));
            }
            Event::Found(_)
            | Event::BatchStarted { .. }
            | Event::BatchFinished { .. }
            | Event::NothingToDo
            | Event::Message { .. }
            | Event::Query { .. }
            | Event::Finished { .. } => {}
        }
    }
}

fn bare_result(outcome: &Outcome) -> NodeResult {
    NodeResult {
        unique_id: outcome.unique_id.to_string(),
        status: outcome.status.name().to_owned(),
        message: outcome.message.clone(),
        execution_time: Duration::try_from_secs_f64(outcome.execution_time).unwrap_or_default(),
        failure: None,
    }
}

fn node_result(project: &OpenProject, outcome: &Outcome) -> NodeResult {
    let is_shown = matches!(
        outcome.status,
        Status::Error | Status::Fail | Status::Warn | Status::PartialSuccess
    );
    let message = outcome.message.as_deref().unwrap_or("failed");
    let failure = is_shown
        .then(|| {
            node_failure(
                project,
                &outcome.unique_id,
                message,
                outcome.failure.as_ref(),
            )
        })
        .flatten();
    NodeResult {
        failure: failure.map(|failure| NodeFailure {
            is_warning: outcome.status == Status::Warn,
            ..failure
        }),
        ..bare_result(outcome)
    }
}

/// Where to look: the place that the engine found, else where the node is written.
pub(super) fn node_failure(
    project: &OpenProject,
    id: &project::node::UniqueId,
    message: &str,
    failure: Option<&engine::Failure>,
) -> Option<NodeFailure> {
    let place = project.manifest.places.get(id);
    let written: Option<PathBuf> = place.and_then(|it| project.run.paths.get(&it.file).cloned());
    let found = failure.and_then(|it| it.path.clone().map(|path| (path, it.range)));
    let (path, range) = match found {
        Some(found) => found,
        None => (written?, place.map(|it| it.range)),
    };
    // A model's place is all of its text: the first line says as much.
    let is_whole_file = failure.is_none_or(|it| it.range.is_none())
        && id.resource_type() != Some(project::node::ResourceType::Test);
    Some(NodeFailure {
        path,
        range: range.filter(|_| !is_whole_file),
        is_warning: false,
        message: failure.map_or(message, |it| &it.message).to_owned(),
    })
}

/// `5 ok, 1 error, 2 skipped in 1.2 s`
fn summary_line(summary: &engine::RunSummary, elapsed: Duration) -> String {
    let counts = summary.counts();
    let parts = [
        (counts.pass, "ok"),
        (counts.warn, "warned"),
        (counts.error, "failed"),
        (counts.skip, "skipped"),
        (counts.no_op, "with nothing to do"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let end = if summary.is_interrupted {
        ", cancelled"
    } else {
        ""
    };
    format!("{}{end} in {:.1} s", told.join(", "), elapsed.as_secs_f64())
}

fn preview(shown: engine::Shown, limit: usize, elapsed: Duration) -> Preview {
    let rows = &shown.rows.rows;
    let columns = shown.rows.columns.iter().enumerate();
    let columns = columns.map(|(nth, name)| {
        let mut cells = rows.iter().filter_map(|row| row.get(nth));
        let known = cells.find(|cell| **cell != Cell::Null);
        (name.clone(), known.map_or("", type_name).to_owned())
    });
    Preview {
        unique_id: String::new(),
        columns: columns.collect(),
        rows: rows
            .iter()
            .take(limit)
            .map(|row| row.iter().map(cell_value).collect())
            .collect(),
        truncated: rows.len() > limit,
        sql: shown.sql,
        elapsed,
    }
}

/// The driver gives values without the names of their types; what they are says the most of it.
fn type_name(cell: &Cell) -> &'static str {
    match cell {
        Cell::Null => "",
        Cell::Bool(_) => "boolean",
        Cell::Int(_) => "integer",
        Cell::Float(_) => "double",
        Cell::Decimal(_) => "decimal",
        Cell::Text(_) => "varchar",
        Cell::Date(_) => "date",
        Cell::Time(_) => "time",
        Cell::Timestamp(_) => "timestamp",
        Cell::TimestampTz(_) => "timestamp with time zone",
        Cell::Bytes(_) => "blob",
        Cell::List(_) => "list",
        Cell::Struct(_) => "struct",
    }
}

/// What JSON cannot hold exactly is text.
pub(super) fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::from(*value),
        Cell::Int(value) if value.abs() <= MAX_EXACT => match i64::try_from(*value) {
            Ok(value) => Value::from(value),
            Err(_) => Value::from(value.to_string()),
        },
        Cell::Float(value) if value.is_finite() => Value::from(*value),
        other => Value::from(engine::cell_text(other)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cell, cell_value};

    #[test]
    fn numbers_that_json_cannot_hold_are_text() {
        assert_eq!(cell_value(&Cell::Int(7)), json!(7));
        assert_eq!(
            cell_value(&Cell::Int(1 << 60)),
            json!("1152921504606846976")
        );
        assert_eq!(
            cell_value(&Cell::Decimal("12.50".to_owned())),
            json!("12.50")
        );
        assert_eq!(cell_value(&Cell::Null), json!(null));
    }
}
