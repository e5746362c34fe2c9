//! The live world: a warehouse behind templates.
//!
//! `Session` is what a whole run shares; `LiveHost` answers one node's templates over one connection; `adapter` holds
//! the methods of the context's `adapter`.

mod adapter;
mod adapter_kind;
mod cells;
mod columns;
mod connection;
mod constraints;
mod deferred;
mod duckdb_adapter;
mod event_time;
mod external_files;
mod globals;
mod host;
mod incremental;
mod index;
mod lazy;
mod postgres_adapter;
mod pretended;
mod python_job;
mod query_comment;
mod relation_cache;
mod runtime_config;
mod schemas;
mod session;
mod transaction_words;

pub use adapter_kind::builds_batches_at_once;
pub use cells::{json as cell_json, text as cell_text};
pub(crate) use deferred::of as deferred_relation;
pub(crate) use event_time::Batch;
pub(crate) use globals::node_value;
pub(crate) use host::{LiveHost, Scope, State, host_error};
pub(crate) use pretended::PretendedMacro;
pub(crate) use schemas::{find_relation, named, prepare as prepare_schemas};
pub use session::{Batching, Deferral, DeferredRelation, RunFlags, Session, SessionParts};
