//! The language server protocol over stdio: the only importer of tower-lsp.
//!
//! `transport` and `backend` turn messages into events; `main_loop` owns all mutable state and acts on them; requests
//! are answered on `pool` by `handlers` over a `snapshot`. Positions of the protocol exist only in `encoding`,
//! `from_proto` and `to_proto`. What executes something is injected (`Runner`): this crate never sees the engine.

mod backend;
mod bind;
mod builtin_files;
mod capabilities;
mod catalog_files;
mod client;
mod diagnose;
mod discovery;
mod dispatch;
mod documents;
mod encoding;
mod event;
mod from_proto;
mod handlers;
mod last_run;
mod loader;
mod main_loop;
mod node_runs;
mod on_document;
mod on_outcome;
mod on_projects;
mod on_pull;
mod on_run;
mod on_session;
mod on_settings;
mod on_status;
mod on_warehouse;
mod overlay;
mod paths;
mod pool;
mod progress;
mod projects;
mod proto_ext;
mod publish;
mod runner;
mod runs;
mod settings;
mod shown_text;
mod snapshot;
mod state;
mod sweep;
#[cfg(test)]
mod test_client;
mod to_proto;
mod told_tokens;
mod transport;
mod watcher;

use std::{sync::Arc, thread};

use base::System;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::LspService;

use crate::{
    backend::Backend,
    client::ClientSender,
    event::{Event, EventSender},
    state::GlobalState,
};

pub use ide::{BindAnswer, BindQuestion, BindTable, Binder};
pub use runner::{
    CancelFlag, CatalogReading, CatalogRequest, Deferral, Diff, DiffRequest, NodeFailure,
    NodeResult, Preview, PreviewRequest, PreviewSubject, RunError, RunEvent, RunKind, RunListener,
    RunOutcome, RunProject, RunRequest, Runner, TablesRequest, WarehouseTable,
};

/// What the binary gives the server.
pub struct Services {
    /// Files, environment, clock.
    pub system: Arc<dyn System>,
    /// Who executes projects; without one, commands that execute are refused.
    pub runner: Option<Arc<dyn Runner>>,
    /// Who binds queries as the warehouse does; without one, nobody does.
    pub binder: Option<Arc<dyn Binder>>,
    /// Called when the user wants to see more or less in the log.
    pub set_log_level: Box<dyn Fn(tracing::Level) + Send>,
    /// Of the binary.
    pub version: &'static str,
}

/// How the session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client said `shutdown`, then `exit` or nothing more.
    Orderly,
    /// The client left, or said `exit` at once. The protocol wants exit code 1.
    Abrupt,
}

/// Serve one client until it leaves.
pub async fn serve(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite,
    services: Services,
) -> anyhow::Result<Ending> {
    let (events, event_queue) = EventSender::new();
    let (client, message_queue) = ClientSender::new();
    let state = GlobalState::new(services, client, events.clone())?;
    let main_loop = thread::Builder::new()
        .name("main-loop".to_owned())
        .spawn(move || main_loop::run(state, &event_queue))?;
    let backend_events = events.clone();
    let writer_events = events.clone();
    let (service, socket) = LspService::build(move |client| {
        tokio::spawn(client::write_messages(client, message_queue, writer_events));
        Backend {
            events: backend_events,
        }
    })
    .custom_method("dagsmith/compiled", Backend::compiled)
    .custom_method("dagsmith/lineage", Backend::lineage)
    .custom_method("dagsmith/columnLineage", Backend::column_lineage)
    .custom_method("dagsmith/columns", Backend::columns)
    .custom_method("dagsmith/symbols", Backend::symbols)
    .custom_method("dagsmith/status", Backend::status)
    .custom_method("dagsmith/tests", Backend::tests)
    .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
    .finish();
    let is_orderly = transport::serve(input, output, service, socket).await;
    events.send(Event::Stop);
    if main_loop.join().is_err() {
        anyhow::bail!("the main loop panicked; the log says more");
    }
    Ok(if is_orderly {
        Ending::Orderly
    } else {
        Ending::Abrupt
    })
}
