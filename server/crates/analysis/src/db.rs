//! The database: salsa's storage and nothing else.
//!
//! Queries take `&dyn salsa::Database`, so that the renderer's callbacks can use the database that salsa has attached
//! to the thread.

use std::sync::Arc;

/// Told the name of every query that runs, for tests of incrementality.
pub type QueryObserver = Arc<dyn Fn(&str) + Send + Sync>;

/// All inputs and everything computed from them. Cloning makes a snapshot that a newer edit cancels.
#[salsa::db]
#[derive(Clone)]
pub struct RootDatabase {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for RootDatabase {}

impl Default for RootDatabase {
    fn default() -> Self {
        Self {
            storage: salsa::Storage::new(None),
        }
    }
}

impl RootDatabase {
    /// A database that reports each query it executes, by salsa's name for it: `rendered(Id(3))`.
    #[must_use]
    pub fn observed(observer: QueryObserver) -> Self {
        let callback = move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind {
                observer(&format!("{database_key:?}"));
            }
        };
        Self {
            storage: salsa::Storage::new(Some(Box::new(callback))),
        }
    }

    /// Interrupts every snapshot and waits until all are gone.
    pub fn cancel_snapshots(&mut self) {
        salsa::Database::trigger_cancellation(self);
    }
}
