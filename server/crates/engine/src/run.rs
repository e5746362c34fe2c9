//! A run from beginning to end: schemas, hooks, nodes in order, hooks, artifacts.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use base::SystemError;
use jinja::{HostError, Value};
use project::{
    event_time::Microbatch,
    node::{Node, UniqueId},
};

use crate::{
    artifacts::{write_graph_summary, write_manifest},
    event::{Event, MessageLevel, NodeLine},
    freshness,
    live::{self, LiveHost, Scope, Session},
    node_run::{self, HookKind, Stage},
    outcome::{Counts, Outcome, Status, Timing},
    plan::{Job, Plan},
    run_results::{ArtifactMetadata, RunResults},
    scheduler::{self, Assignment, Crew, Policy},
    warn_error::Handling,
};

mod hook_context;
mod journal;
mod line;
mod order;
mod task;

pub(crate) use journal::Journal;

pub use journal::KilledRun;
pub use line::plural;
pub use task::Task;

/// What became of a run.
#[derive(Debug, Clone, Default)]
pub struct RunSummary {
    /// In the order in which they ended, hooks included.
    pub outcomes: Vec<Outcome>,
    /// Ctrl-C.
    pub is_interrupted: bool,
    /// An artifact could not be written.
    pub artifact_error: Option<String>,
}

impl RunSummary {
    /// Everything went well.
    pub fn is_success(&self) -> bool {
        !self.is_interrupted
            && self.artifact_error.is_none()
            && !self.outcomes.iter().any(|outcome| outcome.status.is_bad())
    }

    /// By status.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.outcomes)
    }
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The warehouse could not be reached, or its schemas not be prepared.
    #[error("{0}")]
    Prepare(String),
    /// A file could not be written.
    #[error("could not write {0}")]
    Write(String),
    /// A warning that is an error.
    #[error("{0}")]
    Warned(&'static str),
}

impl From<SystemError> for RunError {
    fn from(error: SystemError) -> Self {
        Self::Write(error.to_string())
    }
}

/// dbt's words for an empty selection.
pub const NOTHING_TO_DO: &str =
    "Nothing to do. Try checking your model configs and model specification args";

/// Runs the selected nodes.
pub fn run(
    session: &Arc<Session>,
    task: Task,
    selected: &BTreeSet<UniqueId>,
    threads: usize,
    metadata: &ArtifactMetadata,
) -> Result<RunSummary, RunError> {
    if task.is_repeatable() {
        session.keep_journal(Journal::begin(session, selected)?);
    }
    let run = Run::new(session, task, selected, threads, metadata);
    if selected.is_empty() {
        match session.flags.warnings.handling("NothingToDo") {
            Handling::Error => return Err(RunError::Warned(NOTHING_TO_DO)),
            Handling::Warn => session.reporter.report(&Event::NothingToDo),
            Handling::Silence => {}
        }
        run.write_artifacts(&[]);
        return Ok(RunSummary::default());
    }
    let target = session
        .project
        .manifest
        .profile
        .as_ref()
        .map_or("", |profile| &*profile.target_name);
    session.reporter.report(&Event::Started {
        threads,
        target,
        total: run.total,
    });
    run.prepare()?;
    let mut outcomes = run.hooks(HookKind::Start, &[]);
    let context = if run.is_held_back_by(&outcomes) {
        outcomes.extend(run.held_back());
        // The last hooks hear of nothing then.
        hook_context::of(session, &[])
    } else {
        outcomes.extend(run.nodes());
        hook_context::of(session, &outcomes)
    };
    outcomes.extend(run.hooks(HookKind::End, &context));
    let artifact_error = run.write_artifacts(&outcomes);
    let summary = RunSummary {
        is_interrupted: run.is_interrupted(),
        outcomes,
        artifact_error,
    };
    session.reporter.report(&Event::Finished {
        outcomes: &summary.outcomes,
        counts: summary.counts(),
        kinds: &line::kinds(session, &summary.outcomes),
        elapsed: run.began.elapsed(),
        is_interrupted: summary.is_interrupted,
    });
    Ok(summary)
}

struct Run<'a> {
    session: &'a Arc<Session>,
    task: Task,
    plan: Plan,
    threads: usize,
    metadata: &'a ArtifactMetadata,
    results: RunResults,
    /// Nodes that are reported: all but ephemeral models.
    total: usize,
    started: AtomicUsize,
    began: Instant,
}

impl<'a> Run<'a> {
    fn new(
        session: &'a Arc<Session>,
        task: Task,
        selected: &BTreeSet<UniqueId>,
        threads: usize,
        metadata: &'a ArtifactMetadata,
    ) -> Self {
        let project = &session.project;
        let path = (session.flags.write_json && task != Task::SourceFreshness)
            .then(|| project.target_path.join("run_results.json"));
        let is_reported =
            |id: &&UniqueId| !project.node(id).is_some_and(|node| node.is_ephemeral());
        Self {
            session,
            task,
            plan: order::plan(session, task, selected),
            threads,
            metadata,
            results: RunResults::new(
                Arc::clone(&session.system),
                path,
                metadata.clone(),
                (*session.flags.args).clone(),
            ),
            total: selected.iter().filter(is_reported).count(),
            started: AtomicUsize::new(0),
            began: Instant::now(),
        }
    }

    fn selected_nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.plan
            .jobs
            .iter()
            .filter_map(|job| self.session.project.node(&job.id))
    }

    /// Schemas exist, and what is in them is known.
    fn prepare(&self) -> Result<(), RunError> {
        // Compiling makes nothing, and asks what exists when a template does.
        if self.task == Task::Compile {
            return Ok(());
        }
        let package: Arc<str> = Arc::clone(&self.session.project.manifest.project_name);
        let host = LiveHost::new(self.session, Scope::Package(package), "main");
        let prepared = live::prepare_schemas(&host, self.selected_nodes());
        prepared.map_err(|error: HostError| RunError::Prepare(error.message))
    }

    fn hooks(&self, kind: HookKind, context: &[(&str, Value)]) -> Vec<Outcome> {
        if !self.task.runs_hooks(self.session) {
            return Vec::new();
        }
        let outcomes = node_run::run_hooks(self.session, kind, context);
        for outcome in &outcomes {
            self.note(outcome);
        }
        outcomes
    }

    /// `skip_nodes_if_on_run_start_fails`
    fn is_held_back_by(&self, start: &[Outcome]) -> bool {
        let flags = &self.session.flags.context;
        let is_asked =
            flags.get("SKIP_NODES_IF_ON_RUN_START_FAILS") == Some(&serde_json::Value::Bool(true));
        is_asked && start.iter().any(|hook| hook.status == Status::Error)
    }

    /// Every node, skipped.
    fn held_back(&self) -> Vec<Outcome> {
        let skip = |job: &Job| {
            let outcome = node_run::skipped(self.session, &job.id);
            if let Some(line) = &self.line(&job.id) {
                self.session.reporter.report(&Event::NodeFinished {
                    node: line,
                    outcome: &outcome,
                });
            }
            outcome
        };
        let mut outcomes: Vec<Outcome> = self.plan.jobs.iter().map(skip).collect();
        outcomes.retain(|outcome| self.is_recorded(outcome));
        for outcome in &outcomes {
            self.note(outcome);
        }
        outcomes
    }

    /// The next one, for what is to be reported of a node.
    fn line(&self, id: &UniqueId) -> Option<NodeLine> {
        line::of(self.session, id, || {
            (self.started.fetch_add(1, Ordering::Relaxed) + 1, self.total)
        })
    }

    fn nodes(&self) -> Vec<Outcome> {
        let policy = Policy {
            threads: self.threads,
            fail_fast: self.session.flags.fail_fast,
            tests_block: self.task == Task::Build,
            shares_jobs: self
                .selected_nodes()
                .any(|node| self.batches_of(node).is_some()),
        };
        let job = |assignment, crew: &Crew<'_>| self.job(assignment, crew);
        let mut outcomes = scheduler::execute(&self.plan, policy, &self.session.cancel, &job);
        if self.session.cancel.is_cancelled() {
            outcomes.extend(self.untried(&outcomes));
            self.session.connections.close();
            self.session.cancel.resume();
        }
        outcomes.retain(|outcome| self.is_recorded(outcome));
        outcomes
    }

    /// Ephemeral models are no results of their own unless they failed, or `compile` was asked for some nodes.
    fn is_recorded(&self, outcome: &Outcome) -> bool {
        let is_ephemeral = self
            .session
            .project
            .node(&outcome.unique_id)
            .is_some_and(|node| node.is_ephemeral());
        let args = &self.session.flags.args;
        let is_asked_for = || {
            args.get("which").is_some_and(|which| which == "compile")
                && args.get("select") != Some(&serde_json::json!([]))
        };
        !is_ephemeral || outcome.status == Status::Error || is_asked_for()
    }

    /// What never started because the run was cancelled.
    fn untried(&self, ended: &[Outcome]) -> Vec<Outcome> {
        let ended: BTreeSet<&UniqueId> = ended.iter().map(|outcome| &outcome.unique_id).collect();
        let message = self.session.cancel.reason_to_skip();
        let skipped = self
            .plan
            .jobs
            .iter()
            .filter(|job| !ended.contains(&job.id))
            .map(|job| {
                let mut outcome = node_run::skipped(self.session, &job.id);
                outcome.message = Some(message.to_owned());
                self.note(&outcome);
                outcome
            });
        skipped.collect()
    }

    /// One node on a worker. A crash in one must not take the others down.
    fn job(&self, assignment: Assignment, crew: &Crew<'_>) -> Outcome {
        let Some(job) = self.plan.jobs.get(assignment.job) else {
            return Outcome::untried(
                UniqueId::default(),
                Status::Error,
                Some("no such job".to_owned()),
            );
        };
        let line = self.line(&job.id);
        let run = std::panic::AssertUnwindSafe(|| {
            if assignment.is_skipped {
                return node_run::skipped(self.session, &job.id);
            }
            if let Some(line) = &line {
                self.session.reporter.report(&Event::NodeStarted(line));
            }
            let stage = Stage {
                crew,
                worker: assignment.worker,
                line: line.as_ref(),
            };
            self.run_job(&job.id, &stage)
        });
        let outcome = std::panic::catch_unwind(run).unwrap_or_else(|_| {
            tracing::error!(node = job.id.as_str(), "a worker crashed");
            Outcome::untried(
                job.id.clone(),
                Status::Error,
                Some("Dagsmith crashed on this node; please report it".to_owned()),
            )
        });
        if let Some(line) = &line {
            self.session.reporter.report(&Event::NodeFinished {
                node: line,
                outcome: &outcome,
            });
        }
        if self.is_recorded(&outcome) {
            self.note(&outcome);
        }
        outcome
    }

    /// Only what builds relations builds them in batches.
    fn batches_of(&self, node: &Node) -> Option<Microbatch> {
        let builds = matches!(self.task, Task::Build | Task::Run);
        builds
            .then(|| node_run::batches_of(self.session, node))
            .flatten()
    }

    fn run_job(&self, id: &UniqueId, stage: &Stage<'_>) -> Outcome {
        let project = &self.session.project;
        let thread = &node_run::thread_name(stage.worker);
        match (project.node(id), project.manifest.unit_tests.get(id)) {
            (Some(node), _) if self.task == Task::Compile => {
                node_run::compile_node(self.session, node, thread)
            }
            (Some(node), _) if self.task == Task::Clone => {
                node_run::clone_node(self.session, node, thread)
            }
            (Some(node), _) => match self.batches_of(node) {
                Some(model) => node_run::run_microbatch(self.session, node, model, stage),
                None => node_run::run_node(self.session, node, thread),
            },
            (None, Some(test)) if self.task == Task::Compile => {
                Outcome::untried(test.unique_id.clone(), Status::Success, None)
            }
            (None, Some(test)) => node_run::run_unit_test(self.session, test, thread),
            (None, None) => match project.manifest.sources.get(id) {
                Some(source) => freshness::check(self.session, source, thread),
                None => nothing_to_do(self.session, id),
            },
        }
    }

    fn note(&self, outcome: &Outcome) {
        let noted = match self.session.journal() {
            Some(journal) => journal.add(outcome),
            None => Ok(()),
        };
        // Both are asked: what is not in the results now would be missing in them at the end.
        let added = self.results.add(outcome);
        if let Err(error) = noted.and(added) {
            let text = format!("could not write the results of the run: {error}");
            if self.session.warns_first(&text) {
                self.session.reporter.report(&Event::Message {
                    level: MessageLevel::Warn,
                    text: &text,
                    event: "Note",
                    node: None,
                });
            }
        }
    }

    fn write_artifacts(&self, outcomes: &[Outcome]) -> Option<String> {
        if self.task == Task::SourceFreshness {
            let written = freshness::write(self.session, outcomes, self.metadata, self.began);
            if let Err(error) = written {
                return Some(error.to_string());
            }
        }
        if !self.session.flags.write_json {
            return None;
        }
        let written = self
            .results
            .finish()
            .and_then(|()| write_manifest(self.session, self.metadata))
            .and_then(|()| {
                let is_build = self.task == Task::Build;
                write_graph_summary(self.session, self.metadata, is_build)
            });
        if let (Ok(()), Some(journal)) = (&written, self.session.journal()) {
            journal.end();
        }
        written.err().map(|error| error.to_string())
    }

    fn is_interrupted(&self) -> bool {
        self.session.cancel.is_interrupted()
    }
}

/// Exposures and saved queries are part of a build and have nothing to do.
fn nothing_to_do(session: &Session, id: &UniqueId) -> Outcome {
    let now = session.system.now();
    let mut outcome = Outcome::untried(id.clone(), Status::NoOp, Some("NO-OP".to_owned()));
    outcome.failures = Some(0);
    outcome.is_compilable = false;
    outcome.timing = ["compile", "execute"]
        .map(|name| Timing {
            name,
            started_at: now,
            completed_at: now,
        })
        .into();
    outcome
}
