//! Messages to the client, in the order in which they were said, without waiting for anyone.
//!
//! Any thread may speak. One task writes: notifications one after the other, requests without waiting for the answer,
//! which comes back as an `Event`, if it comes at all. A client that never answers costs a sleeping task.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp::{
    Client,
    lsp_types::{
        ApplyWorkspaceEditParams, ConfigurationItem, MessageType, ProgressParams,
        ProgressParamsValue, ProgressToken, PublishDiagnosticsParams, Registration,
        ShowDocumentParams, WorkDoneProgress, WorkDoneProgressCreateParams, WorkspaceEdit,
        notification, request,
    },
};

use crate::{
    event::{Event, EventSender},
    proto_ext::{CompiledChanged, CompiledChangedParams, Status, StatusChanged},
};

/// What is said to the client.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Diagnostics(PublishDiagnosticsParams),
    Progress(ProgressToken, WorkDoneProgress),
    ShowMessage(MessageType, String),
    LogMessage(MessageType, String),
    CompiledChanged(CompiledChangedParams),
    StatusChanged(Status),
    /// Asks for the section `dagsmith`; answered by `Event::Configuration`.
    AskConfiguration,
    /// Asks for a place to show progress; answered by `Event::ProgressCreated`.
    CreateProgress(ProgressToken),
    Register(Vec<Registration>),
    ShowDocument(ShowDocumentParams),
    RefreshCodeLenses,
    RefreshDiagnostics,
    RefreshInlayHints,
    /// What it is called, and the edit.
    ApplyEdit(String, Box<WorkspaceEdit>),
}

/// A handle for speaking; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ClientSender {
    queue: UnboundedSender<Outgoing>,
}

impl ClientSender {
    pub(crate) fn new() -> (Self, UnboundedReceiver<Outgoing>) {
        let (queue, rx) = unbounded_channel();
        (Self { queue }, rx)
    }

    pub(crate) fn send(&self, message: Outgoing) {
        // The writer is gone only when the process is about to end.
        let _ = self.queue.send(message);
    }
}

/// Writes what is in the queue until all senders are gone.
pub(crate) async fn write_messages(
    client: Client,
    mut queue: UnboundedReceiver<Outgoing>,
    events: EventSender,
) {
    while let Some(message) = queue.recv().await {
        write_message(&client, message, &events).await;
    }
}

async fn write_message(client: &Client, message: Outgoing, events: &EventSender) {
    match message {
        Outgoing::Diagnostics(params) => {
            client
                .send_notification::<notification::PublishDiagnostics>(params)
                .await;
        }
        Outgoing::Progress(token, step) => {
            let value = ProgressParamsValue::WorkDone(step);
            client
                .send_notification::<notification::Progress>(ProgressParams { token, value })
                .await;
        }
        Outgoing::ShowMessage(kind, text) => client.show_message(kind, text).await,
        Outgoing::LogMessage(kind, text) => client.log_message(kind, text).await,
        Outgoing::CompiledChanged(params) => {
            client.send_notification::<CompiledChanged>(params).await;
        }
        Outgoing::StatusChanged(status) => client.send_notification::<StatusChanged>(status).await,
        Outgoing::AskConfiguration => ask_configuration(client.clone(), events.clone()),
        Outgoing::CreateProgress(token) => create_progress(client.clone(), token, events.clone()),
        Outgoing::Register(registrations) => {
            let client = client.clone();
            tokio::spawn(
                async move { log_refusal(client.register_capability(registrations).await) },
            );
        }
        Outgoing::ShowDocument(params) => {
            let client = client.clone();
            tokio::spawn(async move { log_refusal(client.show_document(params).await) });
        }
        Outgoing::RefreshDiagnostics => {
            let client = client.clone();
            tokio::spawn(async move { log_refusal(client.workspace_diagnostic_refresh().await) });
        }
        Outgoing::ApplyEdit(label, edit) => {
            let client = client.clone();
            let params = ApplyWorkspaceEditParams {
                label: Some(label),
                edit: *edit,
            };
            let asked = async move {
                client
                    .send_request::<request::ApplyWorkspaceEdit>(params)
                    .await
            };
            tokio::spawn(async move { log_refusal(asked.await) });
        }
        Outgoing::RefreshInlayHints => {
            let client = client.clone();
            tokio::spawn(async move { log_refusal(client.inlay_hint_refresh().await) });
        }
        Outgoing::RefreshCodeLenses => {
            let client = client.clone();
            tokio::spawn(async move { log_refusal(client.code_lens_refresh().await) });
        }
    }
}

fn ask_configuration(client: Client, events: EventSender) {
    tokio::spawn(async move {
        let items = vec![ConfigurationItem {
            scope_uri: None,
            section: Some("dagsmith".to_owned()),
        }];
        match client.configuration(items).await {
            Ok(mut sections) if !sections.is_empty() => {
                events.send(Event::Configuration(sections.swap_remove(0)));
            }
            Ok(_) => tracing::warn!("the client answered `workspace/configuration` with nothing"),
            Err(error) => log_refusal::<()>(Err(error)),
        }
    });
}

fn create_progress(client: Client, token: ProgressToken, events: EventSender) {
    tokio::spawn(async move {
        let params = WorkDoneProgressCreateParams {
            token: token.clone(),
        };
        let answer = client
            .send_request::<request::WorkDoneProgressCreate>(params)
            .await;
        if answer.is_ok() {
            events.send(Event::ProgressCreated(token));
        }
        log_refusal(answer);
    });
}

fn log_refusal<T>(answer: tower_lsp::jsonrpc::Result<T>) {
    if let Err(error) = answer {
        tracing::warn!(%error, "the client refused a request");
    }
}
