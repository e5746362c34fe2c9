//! `CancelToken`: Ctrl-C and fail-fast, for every worker and every running statement at once.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::warehouse::Interrupt;

/// Says that a run is to stop, and interrupts the statements that are running. Clones are the same token.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Default)]
struct State {
    is_cancelled: AtomicBool,
    is_interrupted: AtomicBool,
    /// Slots of open connections; a closed one leaves `None` for the next.
    running: Mutex<Vec<Option<Arc<dyn Interrupt>>>>,
    /// Wakes who waits for something else.
    stopped: Condvar,
}

/// Keeps a connection interruptible; dropping it ends that.
pub struct Registration {
    token: CancelToken,
    slot: usize,
}

impl CancelToken {
    /// Not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run because its user said so: no new node starts, running statements are interrupted.
    pub fn cancel(&self) {
        self.0.is_interrupted.store(true, Ordering::SeqCst);
        self.stop();
    }

    /// Stops the run in the same way because a node failed under `--fail-fast`.
    pub(crate) fn stop(&self) {
        self.0.is_cancelled.store(true, Ordering::SeqCst);
        let running: Vec<_> = self.slots().iter().flatten().cloned().collect();
        self.0.stopped.notify_all();
        for interrupt in running {
            interrupt.interrupt();
        }
    }

    /// What a failure has stopped is over: what comes after it may run. Who was stopped by the user stays stopped.
    pub(crate) fn resume(&self) {
        self.0.is_cancelled.store(false, Ordering::SeqCst);
        // The user may stop it right now: one of the two sees the other.
        if self.is_interrupted() {
            self.0.is_cancelled.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the run is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::SeqCst)
    }

    /// Whether the user stopped it, which is another end than a failure.
    pub fn is_interrupted(&self) -> bool {
        self.0.is_interrupted.load(Ordering::SeqCst)
    }

    /// What results say of nodes that the stop has kept from their end.
    pub(crate) fn reason_to_skip(&self) -> &'static str {
        if self.is_interrupted() {
            "Skipping due to interruption"
        } else {
            "Skipping due to fail_fast"
        }
    }

    /// Waits so long, or until the run is to stop; whether it is to stop.
    pub fn pause(&self, duration: Duration) -> bool {
        let goes_on = |_: &mut Vec<_>| !self.is_cancelled();
        let waited = self
            .0
            .stopped
            .wait_timeout_while(self.slots(), duration, goes_on);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.is_cancelled()
    }

    /// Makes a connection's statements stop with the run.
    pub fn register(&self, interrupt: Arc<dyn Interrupt>) -> Registration {
        let mut slots = self.slots();
        let slot = slots
            .iter()
            .position(Option::is_none)
            .unwrap_or(slots.len());
        if slot == slots.len() {
            slots.push(None);
        }
        if let Some(free) = slots.get_mut(slot) {
            *free = Some(interrupt);
        }
        Registration {
            token: self.clone(),
            slot,
        }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, Vec<Option<Arc<dyn Interrupt>>>> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(slot) = self.token.slots().get_mut(self.slot) {
            *slot = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stops_a_run_without_interrupting_it() {
        let token = CancelToken::new();
        token.stop();
        assert!(token.is_cancelled() && !token.is_interrupted());
        token.resume();
        assert!(!token.is_cancelled());
        token.cancel();
        token.resume();
        assert!(token.is_cancelled() && token.is_interrupted());
    }

    #[test]
    fn a_pause_ends_with_the_run() {
        let token = CancelToken::new();
        assert!(!token.pause(Duration::from_millis(1)));
        let other = token.clone();
        let canceller = std::thread::spawn(move || other.cancel());
        assert!(token.pause(Duration::MAX));
        canceller.join().unwrap();
    }
}
