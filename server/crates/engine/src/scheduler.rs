//! Runs the jobs of a plan as they become ready, on a few worker threads.
//!
//! A job is ready when all its parents have ended. Of those that are ready the one nearest to the sources goes first,
//! then by name, as in dbt, so that two runs of a project with one thread are alike. A bad end skips everything below.
//! A job may share its work with the workers that have nothing else to do: see [`Crew`].

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::{
    cancel::CancelToken,
    outcome::{Outcome, Status},
    plan::Plan,
};

/// How a run reacts to failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// At most so many jobs at once.
    pub threads: usize,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// A failed test (or a skipped node) keeps what lies below from running, as in `build`.
    pub tests_block: bool,
    /// A job may keep more than one worker busy.
    pub shares_jobs: bool,
}

/// A job that is about to run.
#[derive(Debug, Clone, Copy)]
pub struct Assignment {
    /// Its index in the plan.
    pub job: usize,
    /// The worker, from 1.
    pub worker: usize,
    /// Something above ended badly: the job is to be reported as skipped.
    pub is_skipped: bool,
}

/// Runs all jobs; `run` is called on worker threads and says what became of a job, and must not panic. The outcomes
/// come in the order in which the jobs ended; after a cancellation the jobs that never started are missing.
pub fn execute(
    plan: &Plan,
    policy: Policy,
    cancel: &CancelToken,
    run: &(dyn Fn(Assignment, &Crew<'_>) -> Outcome + Sync),
) -> Vec<Outcome> {
    let board = Board::new(plan);
    let most = if policy.shares_jobs {
        usize::MAX
    } else {
        plan.jobs.len().max(1)
    };
    let workers = policy.threads.clamp(1, most);
    thread::scope(|scope| {
        for worker in 1..=workers {
            let board = &board;
            scope.spawn(move || work(board, plan, policy, cancel, worker, run));
        }
    });
    board
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .outcomes
}

fn work(
    board: &Board,
    plan: &Plan,
    policy: Policy,
    cancel: &CancelToken,
    worker: usize,
    run: &(dyn Fn(Assignment, &Crew<'_>) -> Outcome + Sync),
) {
    while let Some(work) = board.take(cancel) {
        let (job, is_skipped) = match work {
            Work::Job { job, is_skipped } => (job, is_skipped),
            Work::Part(part) => {
                board.run_part(&part, worker);
                continue;
            }
        };
        let assignment = Assignment {
            job,
            worker,
            is_skipped,
        };
        let outcome = run(assignment, &Crew { board, worker });
        let blocks = match outcome.status {
            Status::Error | Status::PartialSuccess => true,
            Status::Fail | Status::Skipped => policy.tests_block || is_skipped,
            Status::Success | Status::Pass | Status::Warn | Status::NoOp => false,
        };
        let is_failure = matches!(
            outcome.status,
            Status::Error | Status::Fail | Status::PartialSuccess
        );
        if policy.fail_fast && is_failure {
            cancel.stop();
        }
        board.end(plan, job, blocks, outcome);
    }
    // Others may be waiting for work that a cancellation keeps from coming.
    board.changed.notify_all();
}

/// What a shared task does with one of its parts, on this worker. Must leave where it can be found what came of it.
pub type SharedTask = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// The workers, as a job sees them.
pub struct Crew<'a> {
    board: &'a Board,
    worker: usize,
}

impl Crew<'_> {
    /// Runs `task` with 0 to `n_parts`, here and on every worker that has nothing else to do; all have ended afterwards.
    pub fn share(&self, n_parts: usize, task: &SharedTask) {
        let shared = self.board.offer(n_parts, task);
        while let Some(part) = self.board.take_part_of(shared) {
            self.board.run_part(&part, self.worker);
        }
    }
}

enum Work {
    Job { job: usize, is_skipped: bool },
    Part(Part),
}

/// A part of a shared task.
struct Part {
    shared: usize,
    idx: usize,
    task: SharedTask,
}

/// A task that is being done in parts.
struct Shared {
    id: usize,
    task: SharedTask,
    next: usize,
    n_parts: usize,
    unfinished: usize,
}

impl Shared {
    fn take(&mut self) -> Option<Part> {
        (self.next < self.n_parts).then(|| {
            self.next += 1;
            Part {
                shared: self.id,
                idx: self.next - 1,
                task: Arc::clone(&self.task),
            }
        })
    }
}

struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Tasks that are done in parts, each by the job that offered it and whoever helps.
    shared: Vec<Shared>,
    n_offered: usize,
    /// By level, then by place, which is by name.
    ready: BTreeSet<(usize, usize)>,
    waiting: Vec<usize>,
    is_blocked: Vec<bool>,
    unfinished: usize,
    outcomes: Vec<Outcome>,
}

impl Board {
    fn new(plan: &Plan) -> Self {
        let is_root = |job: &&(usize, usize, usize)| job.2 == 0;
        let numbered: Vec<_> = plan
            .jobs
            .iter()
            .enumerate()
            .map(|(idx, job)| (job.level, idx, job.parents.len()))
            .collect();
        Self {
            state: Mutex::new(State {
                shared: Vec::new(),
                n_offered: 0,
                ready: numbered
                    .iter()
                    .filter(is_root)
                    .map(|job| (job.0, job.1))
                    .collect(),
                waiting: numbered.iter().map(|job| job.2).collect(),
                is_blocked: vec![false; numbered.len()],
                unfinished: numbered.len(),
                outcomes: Vec::with_capacity(numbered.len()),
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, or a part of one that goes on; waits for it, `None` when there is nothing left to do.
    fn take(&self, cancel: &CancelToken) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.unfinished == 0 || cancel.is_cancelled() {
                return None;
            }
            if let Some(part) = state.shared.iter_mut().find_map(Shared::take) {
                return Some(Work::Part(part));
            }
            if let Some((_, job)) = state.ready.pop_first() {
                let is_skipped = state.is_blocked.get(job).copied().unwrap_or(false);
                return Some(Work::Job { job, is_skipped });
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn offer(&self, n_parts: usize, task: &SharedTask) -> usize {
        let mut state = self.lock();
        let id = state.n_offered;
        state.n_offered += 1;
        state.shared.push(Shared {
            id,
            task: Arc::clone(task),
            next: 0,
            n_parts,
            unfinished: n_parts,
        });
        self.changed.notify_all();
        id
    }

    /// The next part of a task; `None` when all of them have ended, which it waits for.
    fn take_part_of(&self, id: usize) -> Option<Part> {
        let mut state = self.lock();
        loop {
            let shared = state.shared.iter_mut().find(|shared| shared.id == id)?;
            if let Some(part) = shared.take() {
                return Some(part);
            }
            if shared.unfinished == 0 {
                state.shared.retain(|shared| shared.id != id);
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A crash in a part must not take down the worker, which may belong to another job.
    fn run_part(&self, part: &Part, worker: usize) {
        if catch_unwind(AssertUnwindSafe(|| (part.task)(part.idx, worker))).is_err() {
            tracing::error!(part = part.idx, "a worker crashed");
        }
        let mut state = self.lock();
        let mut all = state.shared.iter_mut();
        if let Some(shared) = all.find(|shared| shared.id == part.shared) {
            shared.unfinished -= 1;
            if shared.unfinished == 0 {
                self.changed.notify_all();
            }
        }
    }

    fn end(&self, plan: &Plan, idx: usize, blocks: bool, outcome: Outcome) {
        let mut state = self.lock();
        state.unfinished -= 1;
        state.outcomes.push(outcome);
        let Some(job) = plan.jobs.get(idx) else {
            return;
        };
        let mut n_ready = 0_usize;
        for child in &job.children {
            if blocks && let Some(is_blocked) = state.is_blocked.get_mut(*child) {
                *is_blocked = true;
            }
            let is_ready = state.waiting.get_mut(*child).is_some_and(|count| {
                *count -= 1;
                *count == 0
            });
            if let (true, Some(child_job)) = (is_ready, plan.jobs.get(*child)) {
                state.ready.insert((child_job.level, *child));
                n_ready += 1;
            }
        }
        // This worker takes the first by itself; waking all others for every job costs more than many a test. While a
        // task is shared, its owner waits among them, for its parts alone: the one call might wake nobody else.
        if state.unfinished == 0 || n_ready > 1 && !state.shared.is_empty() {
            self.changed.notify_all();
        } else {
            (1..n_ready).for_each(|_| self.changed.notify_one());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use project::node::UniqueId;
    use std::collections::BTreeMap;

    /// A chain `a <- b <- c` and a single `d`; nodes named in `bad` end with the status.
    fn check(bad: &[(&str, Status)], policy: Policy, expected: &Expect) {
        let parents_of: BTreeMap<UniqueId, Vec<UniqueId>> = [
            ("a", vec![]),
            ("b", vec!["a".into()]),
            ("c", vec!["b".into()]),
            ("d", vec![]),
        ]
        .into_iter()
        .map(|(id, parents)| (id.into(), parents))
        .collect();
        let plan = Plan::new(&parents_of, &parents_of.keys().cloned().collect(), &[]);
        let run = |assignment: Assignment, _: &Crew<'_>| {
            let id = plan.jobs[assignment.job].id.clone();
            let bad = bad.iter().find(|(name, _)| *name == id.as_str());
            let status = match bad {
                _ if assignment.is_skipped => Status::Skipped,
                Some((_, status)) => *status,
                None => Status::Success,
            };
            Outcome::untried(id, status, None)
        };
        let outcomes = execute(&plan, policy, &CancelToken::new(), &run);
        let shown: Vec<_> = outcomes
            .iter()
            .map(|outcome| format!("{} {}", outcome.unique_id, outcome.status.name()))
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    const ONE_THREAD: Policy = Policy {
        threads: 1,
        fail_fast: false,
        tests_block: true,
        shares_jobs: false,
    };

    #[test]
    fn sources_come_first_then_names() {
        check(
            &[],
            ONE_THREAD,
            &expect![[r"
            a success
            d success
            b success
            c success"]],
        );
    }

    #[test]
    fn everything_below_an_error_is_skipped() {
        check(
            &[("a", Status::Error)],
            ONE_THREAD,
            &expect![[r"
            a error
            d success
            b skipped
            c skipped"]],
        );
    }

    #[test]
    fn a_failing_test_blocks_only_a_build() {
        check(
            &[("a", Status::Fail)],
            Policy {
                tests_block: false,
                ..ONE_THREAD
            },
            &expect![[r"
            a fail
            d success
            b success
            c success"]],
        );
    }

    #[test]
    fn fail_fast_starts_nothing_more() {
        check(
            &[("a", Status::Error)],
            Policy {
                fail_fast: true,
                ..ONE_THREAD
            },
            &expect!["a error"],
        );
    }

    #[test]
    fn many_workers_run_everything_once() {
        let parents_of: BTreeMap<UniqueId, Vec<UniqueId>> = (0..200)
            .map(|n| {
                let parents = if n < 10 {
                    vec![]
                } else {
                    vec![format!("n{:03}", n / 2).into()]
                };
                (format!("n{n:03}").into(), parents)
            })
            .collect();
        let plan = Plan::new(&parents_of, &parents_of.keys().cloned().collect(), &[]);
        let run = |it: Assignment, _: &Crew<'_>| {
            Outcome::untried(plan.jobs[it.job].id.clone(), Status::Success, None)
        };
        let outcomes = execute(
            &plan,
            Policy {
                threads: 8,
                ..ONE_THREAD
            },
            &CancelToken::new(),
            &run,
        );
        let ended: BTreeSet<_> = outcomes
            .iter()
            .map(|outcome| outcome.unique_id.clone())
            .collect();
        assert_eq!((outcomes.len(), ended.len()), (200, 200));
    }

    #[test]
    fn idle_workers_help_with_a_job_and_it_ends_after_its_last_part() {
        let plan = Plan::independent(&["a".into(), "b".into()].into());
        let policy = Policy {
            threads: 3,
            shares_jobs: true,
            ..ONE_THREAD
        };
        let run = |it: Assignment, crew: &Crew<'_>| {
            let workers = Arc::new(Mutex::new(BTreeSet::new()));
            let meeting = Arc::new(std::sync::Barrier::new(3));
            let is_first = it.job == 0;
            if is_first {
                let seen = Arc::clone(&workers);
                // Nobody gets past this before three are here: more than one worker has to come.
                let task: SharedTask = Arc::new(move |_, worker| {
                    seen.lock().unwrap().insert(worker);
                    meeting.wait();
                });
                crew.share(6, &task);
            }
            let n_workers = workers.lock().unwrap().len();
            let message = is_first.then(|| format!("{n_workers} workers"));
            Outcome::untried(plan.jobs[it.job].id.clone(), Status::Success, message)
        };
        let outcomes = execute(&plan, policy, &CancelToken::new(), &run);
        let messages: Vec<_> = outcomes
            .iter()
            .filter_map(|it| it.message.as_deref())
            .collect();
        assert_eq!(messages, ["3 workers"]);
    }

    /// The owner of a shared task sleeps among those who wait for jobs. `x` makes two jobs ready that need two workers.
    #[test]
    fn a_worker_that_waits_for_its_parts_takes_no_wake_up_from_others() {
        use std::sync::Barrier;
        let parents_of: BTreeMap<UniqueId, Vec<UniqueId>> = [
            ("c1", vec!["x".into()]),
            ("c2", vec!["x".into()]),
            ("late", vec![]),
            ("owner", vec![]),
            ("x", vec![]),
        ]
        .into_iter()
        .map(|(id, parents)| (id.into(), parents))
        .collect();
        let plan = Plan::new(&parents_of, &parents_of.keys().cloned().collect(), &[]);
        let policy = Policy {
            threads: 4,
            shares_jobs: true,
            ..ONE_THREAD
        };
        for _ in 0..50 {
            let parts_run = Arc::new(Barrier::new(4));
            let children_run = Arc::new(Barrier::new(3));
            let run = |it: Assignment, crew: &Crew<'_>| {
                let id = plan.jobs[it.job].id.clone();
                if id.as_str() == "owner" {
                    let parts_run = Arc::clone(&parts_run);
                    let children_run = Arc::clone(&children_run);
                    // Whoever has the first part is soon done with it: most times the owner, who then waits for the other.
                    let task: SharedTask = Arc::new(move |part, _| {
                        parts_run.wait();
                        if part > 0 {
                            children_run.wait();
                        }
                    });
                    crew.share(2, &task);
                } else if id.as_str() == "late" {
                    parts_run.wait();
                } else if id.as_str() == "x" {
                    parts_run.wait();
                    // Time for the others to fall asleep, now and then the owner before the worker of `late`.
                    (0..100).for_each(|_| std::thread::yield_now());
                } else {
                    children_run.wait();
                }
                Outcome::untried(id, Status::Success, None)
            };
            assert_eq!(execute(&plan, policy, &CancelToken::new(), &run).len(), 5);
        }
    }

    #[test]
    fn one_worker_does_all_parts_itself_even_if_one_crashes() {
        let plan = Plan::independent(&["a".into()].into());
        let run = |it: Assignment, crew: &Crew<'_>| {
            let done = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&done);
            let task: SharedTask = Arc::new(move |part, _| {
                assert!(part != 1, "a part that crashes");
                seen.lock().unwrap().push(part);
            });
            crew.share(3, &task);
            let message = format!("{:?}", done.lock().unwrap());
            Outcome::untried(plan.jobs[it.job].id.clone(), Status::Success, Some(message))
        };
        let outcomes = execute(&plan, ONE_THREAD, &CancelToken::new(), &run);
        assert_eq!(outcomes[0].message.as_deref(), Some("[0, 2]"));
    }
}
