//! A look at every file of all projects, when the user pauses, by several threads.

use std::{
    collections::BTreeSet,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use base::FileId;

use crate::{
    diagnose::{BATCH, Target, findings, hash_of},
    dispatch::{Answer, Failure},
    event::{Event, EventSender},
    pool::STACK_SIZE,
    proto_ext::{ProjectState, ProjectStatus},
    publish::{CompiledHash, Diagnosed, FileFindings},
    snapshot::Snapshot,
};

/// What a sweep works through.
pub(crate) struct Plan {
    pub(crate) revision: u64,
    pub(crate) open: Vec<Target>,
    /// Files that the client shows something for: it has to be told if there is nothing any more.
    pub(crate) shown: BTreeSet<FileId>,
    pub(crate) compiled: Vec<(FileId, i32)>,
    pub(crate) sender: EventSender,
}

/// Everything: the open documents first, then what the client shows compiled, then the files of all projects.
pub(crate) fn sweep(snapshot: Snapshot, plan: &Plan) {
    let outcome = catch_unwind(AssertUnwindSafe(|| sweep_files(&snapshot, plan)));
    // An edit waits for this.
    drop(snapshot);
    let is_cancelled = matches!(outcome, Ok(Err(Failure::Cancelled)));
    if outcome.is_err() {
        tracing::error!("computing diagnostics panicked");
    }
    plan.sender.send(Event::Diagnosed(Diagnosed {
        revision: plan.revision,
        is_end: true,
        is_cancelled,
        ..Diagnosed::default()
    }));
}

fn sweep_files(snapshot: &Snapshot, plan: &Plan) -> Answer<()> {
    let mut report = Report::new(plan);
    for target in &plan.open {
        report.add(findings(snapshot, target)?);
    }
    report.flush();
    snapshot.analysis.prepare()?;
    report_compiled(snapshot, plan)?;
    let open: BTreeSet<FileId> = plan.open.iter().map(|target| target.file).collect();
    let mut files = snapshot.analysis.files()?;
    files.retain(|file| !open.contains(file));
    let queue = Queue {
        files,
        next: AtomicUsize::new(0),
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let n_helpers = (queue.files.len() / BATCH).min(cores.min(MAX_LANES) - 1);
    thread::scope(|scope| {
        let queue = &queue;
        let helper = |_| {
            let snapshot = snapshot.clone();
            let thread = thread::Builder::new()
                .name("sweep".to_owned())
                .stack_size(STACK_SIZE);
            thread.spawn_scoped(scope, move || lane(&snapshot, plan, queue))
        };
        // Without them it takes longer.
        let helpers: Vec<_> = (0..n_helpers).flat_map(helper).collect();
        let mut outcome = lane(snapshot, plan, queue);
        for helper in helpers {
            let other = helper.join().unwrap_or_else(|panic| resume_unwind(panic));
            outcome = outcome.and(other);
        }
        outcome
    })
}

/// How many threads look at a project at once, at most: somebody may be asking something meanwhile.
const MAX_LANES: usize = 4;

/// Files to look at, and how many of them somebody has taken.
struct Queue {
    files: Vec<FileId>,
    next: AtomicUsize,
}

/// Takes files until there are none.
fn lane(snapshot: &Snapshot, plan: &Plan, queue: &Queue) -> Answer<()> {
    let mut report = Report::new(plan);
    loop {
        let start = queue.next.fetch_add(BATCH, Ordering::Relaxed);
        let end = queue.files.len().min(start.saturating_add(BATCH));
        let Some(files) = queue.files.get(start..end).filter(|it| !it.is_empty()) else {
            break;
        };
        for file in files {
            let target = Target {
                file: *file,
                version: None,
            };
            let found = findings(snapshot, &target)?;
            if !found.diagnostics.is_empty() || plan.shown.contains(file) {
                report.add(found);
            }
        }
    }
    report.flush();
    Ok(())
}

fn report_compiled(snapshot: &Snapshot, plan: &Plan) -> Answer<()> {
    let mut compiled = Vec::new();
    for (file, version) in &plan.compiled {
        if let Some(now) = snapshot.analysis.compiled(*file)? {
            compiled.push(CompiledHash {
                file: *file,
                version: *version,
                hash: hash_of(&now.text),
            });
        }
    }
    let projects = project_statuses(snapshot)?;
    plan.sender.send(Event::Diagnosed(Diagnosed {
        revision: plan.revision,
        compiled,
        projects: Some(projects),
        ..Diagnosed::default()
    }));
    Ok(())
}

fn project_statuses(snapshot: &Snapshot) -> Answer<Vec<ProjectStatus>> {
    let mut statuses = Vec::new();
    for project in snapshot.analysis.projects()?.iter() {
        if let Some(root) = crate::paths::uri_of(&project.root) {
            let is_usable = project.target.is_some();
            statuses.push(ProjectStatus {
                root,
                name: project.name.clone(),
                target: project.target.clone(),
                targets: project.targets.clone(),
                models: project.n_models,
                state: if is_usable {
                    ProjectState::Ready
                } else {
                    ProjectState::Error
                },
            });
        }
    }
    Ok(statuses)
}

/// Findings on their way, in batches: the client sees the first before the last is known.
struct Report<'a> {
    plan: &'a Plan,
    files: Vec<FileFindings>,
}

impl<'a> Report<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            files: Vec::new(),
        }
    }

    fn add(&mut self, found: FileFindings) {
        self.files.push(found);
        if self.files.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.files.is_empty() {
            self.plan.sender.send(Event::Diagnosed(Diagnosed {
                revision: self.plan.revision,
                files: std::mem::take(&mut self.files),
                ..Diagnosed::default()
            }));
        }
    }
}
