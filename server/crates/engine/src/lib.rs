//! Plans and executes a selection of the graph; knows a database only as `trait Warehouse`.
//!
//! Start at `run` for a run from beginning to end, at `plan` and `scheduler` for the order of things, at `live` for
//! what templates see, at `warehouse` for what a driver must do. The macro packages say what is done with a node; this
//! crate calls them in dbt's way.

mod artifacts;
mod cancel;
mod catalog;
mod compile;
mod difference;
mod event;
mod foreign_keys;
mod freshness;
mod live;
mod locate;
mod node_run;
mod operation;
mod outcome;
mod plan;
mod python;
mod run;
mod run_project;
mod run_results;
mod scheduler;
mod seed;
mod show;
mod warehouse;
mod warn_error;

pub use artifacts::{ManifestJson, write_manifest};
pub use cancel::{CancelToken, Registration};
pub use catalog::{Catalog, WarehouseTable, tables_of};
pub use difference::{ChangedRow, Difference, difference};
pub use event::{BatchLine, Event, MessageLevel, NodeLine, Reporter, Silent};
pub use live::{
    Batching, Deferral, DeferredRelation, RunFlags, Session, SessionParts, builds_batches_at_once,
    cell_json, cell_text,
};
pub use operation::run_operation;
pub use outcome::{BatchResults, Counts, DataAge, Failure, FailureKind, Outcome, Status, Timing};
pub use plan::{Job, Plan, TestGate};
pub use python::{Interpreter, PythonFailure, PythonInput, PythonJob, PythonOutput, PythonProcess};
pub use run::{KilledRun, NOTHING_TO_DO, RunError, RunSummary, Task, plural, run};
pub use run_project::RunProject;
pub use run_results::{ArtifactMetadata, RunResults, timestamp};
pub use scheduler::{Assignment, Crew, Policy, SharedTask, execute};
pub use show::{Shown, compiled_sql, show, show_directly, show_part};
pub use warehouse::{
    Cell, Connection, Fetch, Interrupt, Response, ResultSet, Warehouse, WarehouseError,
};
pub use warn_error::{Handling, WarnErrorOptions};
