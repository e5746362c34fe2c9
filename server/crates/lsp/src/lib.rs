//! The language server protocol over stdio: the only importer of tower-lsp.
//!
//! `transport` and `backend` turn messages into events; `main_loop` owns all mutable state and acts on them; requests
//! are answered on `pool` by `handlers` over a snapshot. Positions of the protocol exist only in `encoding`,
//! `from_proto` and `to_proto`. What executes something is injected (`Runner`): this crate never sees the engine.

mod backend;
mod capabilities;
mod client;
mod discovery;
mod documents;
mod encoding;
mod event;
mod loader;
mod overlay;
mod paths;
mod pool;
mod progress;
mod proto_ext;
mod publish;
mod runner;
mod runs;
mod settings;
mod transport;
mod watcher;

pub use runner::{
    CancelFlag, NodeFailure, NodeResult, Preview, PreviewRequest, RunError, RunEvent, RunKind,
    RunOutcome, RunProject, RunRequest, Runner,
};
