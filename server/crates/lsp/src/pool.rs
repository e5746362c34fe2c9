//! The threads on which requests are answered: few, and urgent work goes first.
//!
//! A job is a closure over a snapshot. What it does is its own business: cancellation by a newer edit and catching of
//! panics are in `dispatch`; a panic that gets here all the same costs the job and nothing else.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

type Job = Box<dyn FnOnce() + Send>;

/// How long the user would mind to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Someone looks at the screen: the edited file's diagnostics, a completion.
    Now,
    /// Someone will look at it later: the other files' diagnostics.
    Soon,
}

#[derive(Default)]
struct Queues {
    now: VecDeque<Job>,
    soon: VecDeque<Job>,
    n_soon_running: usize,
    is_closed: bool,
}

struct Shared {
    queues: Mutex<Queues>,
    is_waiting: Condvar,
    n_threads: usize,
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fixed number of threads and their queue.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub(crate) fn new(n_threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queues: Mutex::default(),
            is_waiting: Condvar::new(),
            n_threads,
        });
        for number in 0..n_threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("request-{number}"))
                .stack_size(STACK_SIZE)
                .spawn(move || work(&shared))?;
        }
        Ok(Self { shared })
    }

    pub(crate) fn spawn(&self, urgency: Urgency, job: impl FnOnce() + Send + 'static) {
        let mut queues = self.shared.queues();
        match urgency {
            Urgency::Now => queues.now.push_back(Box::new(job)),
            Urgency::Soon => queues.soon.push_back(Box::new(job)),
        }
        drop(queues);
        self.shared.is_waiting.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.queues().is_closed = true;
        self.shared.is_waiting.notify_all();
    }
}

/// Templates and queries nest: what they may use is bounded elsewhere, with this much room in mind.
pub(crate) const STACK_SIZE: usize = 16 << 20;

fn work(shared: &Shared) {
    while let Some((urgency, job)) = next_job(shared) {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a job panicked");
        }
        if urgency == Urgency::Soon {
            shared.queues().n_soon_running -= 1;
            shared.is_waiting.notify_one();
        }
    }
}

/// Blocks for work; `None` when the pool is gone. One thread is always kept from work that can wait.
fn next_job(shared: &Shared) -> Option<(Urgency, Job)> {
    let mut queues = shared.queues();
    loop {
        if let Some(job) = queues.now.pop_front() {
            return Some((Urgency::Now, job));
        }
        if queues.is_closed {
            return None;
        }
        let may_take_soon = shared.n_threads == 1 || queues.n_soon_running + 1 < shared.n_threads;
        if may_take_soon && let Some(job) = queues.soon.pop_front() {
            queues.n_soon_running += 1;
            return Some((Urgency::Soon, job));
        }
        queues = shared
            .is_waiting
            .wait(queues)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn urgent_work_passes_slow_work() {
        let pool = Pool::new(2).unwrap();
        let (release, released) = mpsc::channel::<()>();
        let (tx, rx) = mpsc::channel();
        let done = tx.clone();
        pool.spawn(Urgency::Soon, move || {
            released.recv().unwrap();
            done.send("slow").unwrap();
        });
        // The second slow job may not take the last thread.
        let done = tx.clone();
        pool.spawn(Urgency::Soon, move || done.send("slower").unwrap());
        pool.spawn(Urgency::Now, move || tx.send("urgent").unwrap());
        assert_eq!(rx.recv().unwrap(), "urgent");
        release.send(()).unwrap();
        assert_eq!([rx.recv().unwrap(), rx.recv().unwrap()], ["slow", "slower"]);
    }

    #[test]
    fn a_panicking_job_costs_only_itself() {
        let pool = Pool::new(1).unwrap();
        let (tx, rx) = mpsc::channel();
        pool.spawn(Urgency::Now, || panic!("on purpose"));
        pool.spawn(Urgency::Now, move || tx.send(1).unwrap());
        assert_eq!(rx.recv().unwrap(), 1);
    }
}
