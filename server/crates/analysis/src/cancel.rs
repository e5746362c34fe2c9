//! Cancellation: a query that a newer edit makes worthless unwinds; here it becomes a value again.

use std::panic::{AssertUnwindSafe, UnwindSafe};

use base::Cancelled;

/// Runs `ask`, and says so when a newer edit has interrupted it.
pub fn cancellable<T>(ask: impl FnOnce() -> T + UnwindSafe) -> Result<T, Cancelled> {
    salsa::Cancelled::catch(ask).map_err(|_| Cancelled)
}

/// The same for closures that hold a snapshot, which nobody looks at again after it was interrupted.
pub fn cancellable_snapshot<T>(ask: impl FnOnce() -> T) -> Result<T, Cancelled> {
    cancellable(AssertUnwindSafe(ask))
}
