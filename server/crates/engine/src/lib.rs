//! Plans and executes a selection of the graph; knows a database only as `trait Warehouse`.
//!
//! Start at `warehouse` for what a driver must do, at `plan` and `scheduler` for the order of things.

mod cancel;
mod event;
mod outcome;
mod plan;
mod run_results;
mod scheduler;
mod warehouse;

pub use cancel::{CancelToken, Registration};
pub use event::{Event, MessageLevel, NodeLine, Reporter, Silent};
pub use outcome::{Counts, Failure, FailureKind, Outcome, Status, Timing};
pub use plan::{Job, Plan, TestGate};
pub use run_results::{ArtifactMetadata, RunResults, timestamp};
pub use scheduler::{Assignment, Policy, execute};
pub use warehouse::{
    Cell, Connection, Fetch, Interrupt, Response, ResultSet, Warehouse, WarehouseError,
};
