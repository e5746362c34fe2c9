//! A microbatch model: its batches are built one by one, or several at once, each as a run of the materialization.
//!
//! The first batch runs alone, as it may have to make the relation, and the last does, so that what is to come after the
//! model comes after all batches. When the first fails nothing more is tried; any other leaves the rest alone.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use jinja::{RelationType, Template, value::list};
use project::{
    event_time::{Microbatch, TimeWindow},
    node::Node,
};

use super::{Attempt, relation_name};
use crate::{
    event::{BatchLine, Event, NodeLine},
    live::{self, Batch, LiveHost, PretendedMacro, Scope, Session, State},
    outcome::{BatchResults, Failure, Outcome, Status, Timing},
    scheduler::{Crew, SharedTask},
};

/// The batches of a node; `None` for one that is not built in batches.
pub(crate) fn batches_of(session: &Session, node: &Node) -> Option<Microbatch> {
    // What is wrong with one has been said when the project was opened.
    let model = Microbatch::of(node)?.ok()?;
    session.project.manifest.builds_batches().then_some(model)
}

/// Where a model is built.
pub(crate) struct Stage<'a> {
    pub(crate) crew: &'a Crew<'a>,
    pub(crate) worker: usize,
    pub(crate) line: Option<&'a NodeLine>,
}

/// Builds what is asked for of a model.
pub(crate) fn run_microbatch(
    session: &Arc<Session>,
    node: &Arc<Node>,
    model: Microbatch,
    stage: &Stage<'_>,
) -> Outcome {
    let began = Instant::now();
    let started_at = session.system.now();
    let mut outcome = Outcome::untried(node.unique_id.clone(), Status::Success, None);
    outcome.thread = thread_name(stage.worker);
    outcome.relation_name = relation_name(session, node);
    match plan(session, node, model, stage) {
        Ok(batches) => batches.run(stage, &mut outcome),
        Err(failure) => {
            outcome.status = Status::Error;
            outcome.message = Some(super::message(node, &failure));
            outcome.failure = Some(*failure);
        }
    }
    let step = |name, started_at| Timing {
        name,
        started_at,
        completed_at: session.system.now(),
    };
    outcome.timing = vec![
        Timing {
            completed_at: started_at,
            ..step("compile", started_at)
        },
        step("execute", started_at),
    ];
    outcome.execution_time = began.elapsed().as_secs_f64();
    outcome
}

/// dbt's name of a worker's thread.
pub(crate) fn thread_name(worker: usize) -> String {
    format!("Thread-{worker} (worker)")
}

/// What there is to do.
struct Batches {
    session: Arc<Session>,
    node: Arc<Node>,
    model: Microbatch,
    windows: Vec<TimeWindow>,
    /// Those that an earlier run has built, which this one finishes.
    built_before: Vec<TimeWindow>,
    /// Whether the relation is there to be added to.
    is_incremental: bool,
    line: Option<NodeLine>,
    /// By batch.
    ended: Mutex<Vec<Option<Outcome>>>,
}

fn plan(
    session: &Arc<Session>,
    node: &Arc<Node>,
    model: Microbatch,
    stage: &Stage<'_>,
) -> Result<Arc<Batches>, Box<Failure>> {
    let scope = Scope::Node(Arc::clone(node));
    let host = LiveHost::new(session, scope, &thread_name(stage.worker));
    let wanted = analysis::context::node_relation(node, session.project.quoting());
    let there = live::find_relation(&host, &wanted).map_err(|error| {
        Box::new(Failure {
            kind: session.adapter.database_failure(),
            message: error.message,
            path: None,
            range: None,
            through: Vec::new(),
            compiled_path: None,
        })
    })?;
    let is_table = there.is_some_and(|relation| relation.kind == Some(RelationType::Table));
    let flags = &session.flags;
    let is_refresh = node
        .config
        .bool("full_refresh")
        .unwrap_or(flags.full_refresh);
    let is_incremental = is_table && !is_refresh;
    let batching = &flags.batching;
    let before = batching.before.get(&node.unique_id).cloned();
    let now = batching.now.unwrap_or(session.started_at);
    let (windows, built_before) = if let Some(before) = before {
        (before.failed, before.successful)
    } else {
        let asked = batching.sample.or(batching.asked);
        let window = model.window(asked, is_incremental, now.into());
        (model.batches(window), Vec::new())
    };
    Ok(Arc::new(Batches {
        session: Arc::clone(session),
        node: Arc::clone(node),
        // A full refresh that is finished by a retry has begun with an empty table already.
        is_incremental: is_incremental || (is_table && !built_before.is_empty()),
        ended: Mutex::new(vec![None; windows.len()]),
        line: stage.line.cloned(),
        model,
        windows,
        built_before,
    }))
}

impl Batches {
    fn run(self: Arc<Self>, stage: &Stage<'_>, outcome: &mut Outcome) {
        let count = self.windows.len();
        self.run_one(0, stage.worker);
        let is_first_built = self.status(0) == Some(Status::Success);
        if is_first_built {
            if self.runs_at_once() {
                let batches = Arc::clone(&self);
                let task: SharedTask =
                    Arc::new(move |part, worker| batches.run_one(part + 1, worker));
                stage.crew.share(count.saturating_sub(2), &task);
            } else {
                (1..count.saturating_sub(1)).for_each(|idx| self.run_one(idx, stage.worker));
            }
            if count > 1 {
                self.run_one(count - 1, stage.worker);
            }
        } else {
            (1..count).for_each(|idx| self.skip(idx));
        }
        self.sum_up(outcome);
    }

    /// Whether batches may be built at the same time: not where one reads what the others have made.
    fn runs_at_once(&self) -> bool {
        let reads_itself = || {
            let code = &self.node.raw_code;
            let names = Template::parse(code).names;
            let text =
                |range: base::SourceRange| code.get(range.start as usize..range.end as usize);
            names.iter().any(|name| text(name.range) == Some("this"))
        };
        self.session.adapter.builds_batches_at_once()
            && self
                .model
                .concurrent_batches
                .unwrap_or_else(|| !reads_itself())
    }

    fn run_one(&self, idx: usize, worker: usize) {
        let Some(window) = self.windows.get(idx) else {
            return;
        };
        if self.session.cancel.is_cancelled() {
            return;
        }
        self.tell(idx, |node, batch| Event::BatchStarted { node, batch });
        let job = BatchJob {
            batch: Batch::new(&self.model, *window),
            is_incremental: idx > 0 || self.is_incremental,
            runs_pre_hooks: idx == 0,
            runs_post_hooks: idx + 1 == self.windows.len(),
        };
        let outcome = run_batch(&self.session, &self.node, job, &thread_name(worker));
        self.end(idx, outcome);
    }

    fn skip(&self, idx: usize) {
        if !self.session.cancel.is_cancelled() {
            let id = self.node.unique_id.clone();
            self.end(idx, Outcome::untried(id, Status::Skipped, None));
        }
    }

    fn end(&self, idx: usize, outcome: Outcome) {
        self.tell(idx, |node, batch| Event::BatchFinished {
            node,
            batch,
            outcome: &outcome,
        });
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = ended.get_mut(idx) {
            *slot = Some(outcome);
        }
    }

    fn tell<'a>(&'a self, idx: usize, event: impl FnOnce(&'a NodeLine, BatchLine) -> Event<'a>) {
        if let (Some(line), Some(window)) = (&self.line, self.windows.get(idx)) {
            let batch = BatchLine {
                label: self.model.label(*window),
                index: idx + 1,
                total: self.windows.len(),
            };
            self.session.reporter.report(&event(line, batch));
        }
    }

    fn status(&self, idx: usize) -> Option<Status> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get(idx)?.as_ref().map(|outcome| outcome.status)
    }

    /// What of the batches is said of the model; a batch that did not end counts as failed.
    fn sum_up(&self, outcome: &mut Outcome) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let mut results = BatchResults::default();
        for (window, batch) in self.windows.iter().zip(ended.iter_mut()) {
            let batch = batch.take();
            if batch
                .as_ref()
                .is_some_and(|it| it.status == Status::Success)
            {
                results.successful.push(*window);
            } else {
                results.failed.push(*window);
                let failure = batch.and_then(|batch| batch.failure);
                outcome.failure = outcome.failure.take().or(failure);
            }
        }
        let (built, all) = (results.successful.len(), self.windows.len());
        let (status, message) = match built {
            _ if built == all => (Status::Success, "SUCCESS".to_owned()),
            0 => (Status::Error, "ERROR".to_owned()),
            _ => (
                Status::PartialSuccess,
                format!("PARTIAL SUCCESS ({built}/{all})"),
            ),
        };
        results.successful.extend(&self.built_before);
        outcome.status = status;
        outcome.message = Some(message);
        outcome.failures = Some(0);
        outcome.batches = Some(results);
    }
}

/// A batch and how it is built.
pub(super) struct BatchJob {
    batch: Batch,
    /// Whether the relation is there, so that the batch is added to it.
    is_incremental: bool,
    runs_pre_hooks: bool,
    runs_post_hooks: bool,
}

impl BatchJob {
    /// Tells the materialization what it cannot know: a full refresh is one of the first batch alone.
    pub(super) fn prepare(&self, state: &mut State) {
        if !self.runs_pre_hooks {
            state.extra.push(("pre_hooks".to_owned(), list([])));
        }
        if !self.runs_post_hooks {
            state.extra.push(("post_hooks".to_owned(), list([])));
        }
        if self.is_incremental {
            let answers = [("is_incremental", true), ("should_full_refresh", false)];
            let macros = answers.map(|(name, answer)| PretendedMacro::new(name, &answer.into()));
            state.macros.extend(macros.into_iter().flatten());
        }
    }

    /// `target/run/.../orders/orders_2024-01-31.sql`
    pub(super) fn output_path(&self, of_model: &Path) -> PathBuf {
        let stem = of_model.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = format!("{stem}_{}", self.batch.label);
        if let Some(extension) = of_model.extension() {
            name.push('.');
            name.push_str(&extension.to_string_lossy());
        }
        of_model.with_extension("").join(name)
    }
}

fn run_batch(session: &Arc<Session>, node: &Arc<Node>, job: BatchJob, thread: &str) -> Outcome {
    let mut attempt = Attempt::new(session, node, thread);
    attempt.host.state().batch = Some(job.batch.clone());
    attempt.batch = Some(job);
    if let Err(failure) = attempt.run() {
        attempt.fail(*failure);
    }
    attempt.finish()
}
