//! What the user had executed: one run at a time in a project, each on its own thread.
//!
//! A run outlives edits, so it holds no snapshot. It is stopped by the cross at its progress, by `$/cancelRequest` and
//! by `dagsmith.cancel`. What it found out comes back as events.

use std::{
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    thread,
};

use ide::NamedSchema;
use serde_json::Value;

use crate::{
    event::{Event, EventSender, Reply},
    progress::ProgressId,
    proto_ext::CommandArgument,
    runner::{
        CancelFlag, CatalogReading, CatalogRequest, Diff, DiffRequest, Preview, PreviewRequest,
        PreviewSubject, RunError, RunEvent, RunKind, RunListener, RunOutcome, RunRequest, Runner,
        TablesRequest, WarehouseTable,
    },
};

/// A run, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunId(u64);

/// What to execute.
#[derive(Clone)]
pub(crate) enum Job {
    Run(RunRequest),
    Preview(PreviewRequest),
    Diff(DiffRequest),
    ReadCatalog(CatalogRequest),
    /// With the source that it is for.
    Tables(TablesRequest, NamedSchema),
}

impl Job {
    /// For people, while it works.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Run(request) => {
                let verb = match request.kind {
                    RunKind::Run => "Running",
                    RunKind::Build => "Building",
                    RunKind::Test => "Testing",
                    RunKind::Seed => "Loading",
                    RunKind::Snapshot => "Taking snapshots of",
                    RunKind::Freshness => "Looking how fresh is",
                };
                format!("{verb} {}", request.selector)
            }
            Self::Preview(request) => match &request.subject {
                PreviewSubject::Node(selector) => format!("Previewing {selector}"),
                PreviewSubject::Cte { selector, cte } => format!("Previewing {cte} of {selector}"),
                PreviewSubject::Query(_) => "Previewing the selection".to_owned(),
            },
            Self::Diff(request) => format!("Comparing {}", request.selector),
            Self::ReadCatalog(request) => match &request.selector {
                Some(selector) => format!("Reading the columns of {selector}"),
                None => "Reading the columns of all relations".to_owned(),
            },
            Self::Tables(request, _) => format!("Reading the tables of {}", request.schema),
        }
    }

    pub(crate) fn root(&self) -> &PathBuf {
        match self {
            Self::Run(request) => &request.project.root,
            Self::Preview(request) => &request.project.root,
            Self::Diff(request) => &request.project.root,
            Self::ReadCatalog(request) => &request.project.root,
            Self::Tables(request, _) => &request.project.root,
        }
    }
}

/// News from a run.
#[derive(Debug)]
pub(crate) struct RunMessage {
    pub(crate) run: RunId,
    pub(crate) news: RunNews,
}

#[derive(Debug)]
pub(crate) enum RunNews {
    Event(RunEvent),
    Ran(Result<RunOutcome, RunError>),
    Previewed(Result<Preview, RunError>),
    Compared(Result<Diff, RunError>),
    CatalogRead(Result<CatalogReading, RunError>),
    Tables(Result<Vec<WarehouseTable>, RunError>),
}

/// A run that was asked for, and who wants to know.
pub(crate) struct Run {
    pub(crate) job: Job,
    /// What it was asked for with: the document, and the rest.
    pub(crate) argument: CommandArgument,
    pub(crate) reply: Reply<Option<Value>>,
    pub(crate) progress: ProgressId,
    pub(crate) cancel: CancelFlag,
    pub(crate) n_planned: usize,
    pub(crate) n_finished: usize,
}

/// All runs, waiting and active.
pub(crate) struct Runs {
    runner: Option<Arc<dyn Runner>>,
    events: EventSender,
    n_made: u64,
    by_id: BTreeMap<RunId, Run>,
    /// By project; the first one is active.
    queues: BTreeMap<PathBuf, VecDeque<RunId>>,
}

impl Runs {
    pub(crate) fn new(runner: Option<Arc<dyn Runner>>, events: EventSender) -> Self {
        Self {
            runner,
            events,
            n_made: 0,
            by_id: BTreeMap::new(),
            queues: BTreeMap::new(),
        }
    }

    /// Queue it; start it if its project is free.
    pub(crate) fn push(&mut self, run: Run) {
        self.n_made += 1;
        let id = RunId(self.n_made);
        let root = run.job.root().clone();
        self.by_id.insert(id, run);
        let queue = self.queues.entry(root).or_default();
        queue.push_back(id);
        if queue.len() == 1 {
            self.start(id);
        }
    }

    pub(crate) fn get_mut(&mut self, id: RunId) -> Option<&mut Run> {
        self.by_id.get_mut(&id)
    }

    /// Take a run that has ended, and start the next one of its project.
    pub(crate) fn finish(&mut self, id: RunId) -> Option<Run> {
        let run = self.by_id.remove(&id)?;
        let queue = self.queues.get_mut(run.job.root())?;
        queue.retain(|queued| *queued != id);
        match queue.front().copied() {
            Some(next) => self.start(next),
            None => {
                self.queues.remove(run.job.root());
            }
        }
        Some(run)
    }

    pub(crate) fn cancel_progress(&self, progress: ProgressId) {
        for run in self.by_id.values().filter(|run| run.progress == progress) {
            run.cancel.cancel();
        }
    }

    /// Stop the runs of a project, or all.
    pub(crate) fn cancel_all(&self, root: Option<&PathBuf>) {
        for run in self.by_id.values() {
            if root.is_none_or(|root| run.job.root() == root) {
                run.cancel.cancel();
            }
        }
    }

    fn start(&mut self, id: RunId) {
        let (Some(run), Some(runner)) = (self.by_id.get(&id), self.runner.clone()) else {
            let error = RunError::new("this server cannot execute anything");
            self.events.send(Event::Run(RunMessage {
                run: id,
                news: RunNews::Ran(Err(error)),
            }));
            return;
        };
        let (job, cancel, events) = (run.job.clone(), run.cancel.clone(), self.events.clone());
        let started = thread::Builder::new()
            .name("run".to_owned())
            .spawn(move || {
                let news = execute(&*runner, id, &job, &cancel, &events);
                events.send(Event::Run(RunMessage { run: id, news }));
            });
        if let Err(error) = started {
            let error = RunError::new(format!("cannot start a thread: {error}"));
            self.events.send(Event::Run(RunMessage {
                run: id,
                news: RunNews::Ran(Err(error)),
            }));
        }
    }
}

fn execute(
    runner: &dyn Runner,
    run: RunId,
    job: &Job,
    cancel: &CancelFlag,
    events: &EventSender,
) -> RunNews {
    let sender = events.clone();
    let report: RunListener = Arc::new(move |event| {
        let news = RunNews::Event(event);
        sender.send(Event::Run(RunMessage { run, news }));
    });
    match job {
        _ if cancel.is_cancelled() => RunNews::Ran(Err(RunError::new(CANCELLED))),
        Job::Run(request) => RunNews::Ran(guarded(|| runner.run(request, report, cancel))),
        Job::Preview(request) => RunNews::Previewed(guarded(|| runner.preview(request, cancel))),
        Job::Diff(request) => RunNews::Compared(guarded(|| runner.diff(request, cancel))),
        Job::ReadCatalog(request) => {
            RunNews::CatalogRead(guarded(|| runner.read_catalog(request, cancel)))
        }
        Job::Tables(request, _) => RunNews::Tables(guarded(|| runner.tables(request, cancel))),
    }
}

/// What is said of a run that was cancelled before it began.
pub(crate) const CANCELLED: &str = "cancelled before it began";

fn guarded<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(RunError::new(
            "the run failed for a reason of our own; the server's log says more",
        ))
    })
}
