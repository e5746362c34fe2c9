//! Answering a request on the pool: over a snapshot, guarded, and again if an edit came between.
//!
//! An edit cancels what is being computed. The request is then asked again over the new text, unless its own document
//! was edited: its position means another place now, and the client is told so (`ContentModified`).

use std::panic::{AssertUnwindSafe, catch_unwind};

use base::Cancelled;
use tower_lsp::{
    jsonrpc::{self, Error, ErrorCode},
    lsp_types::Url,
};

use crate::{
    event::{Event, Reply, Request},
    pool::Urgency,
    snapshot::Snapshot,
    state::GlobalState,
};

/// Why a handler has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An edit made the answer worthless.
    Cancelled,
    /// The client is told why.
    Refused(Error),
}

impl From<Cancelled> for Failure {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What a handler comes to.
pub(crate) type Answer<T> = Result<T, Failure>;

/// `RequestFailed` of the protocol, with a message for people.
pub(crate) fn request_failed(message: impl Into<String>) -> Error {
    Error {
        code: ErrorCode::ServerError(-32803),
        message: message.into().into(),
        data: None,
    }
}

impl GlobalState {
    /// Answer on the pool. `uri` is the document that the request is about, if it is about one.
    pub(crate) fn answer<P: Send + 'static, T: Send + 'static>(
        &mut self,
        uri: Option<Url>,
        (params, reply): (P, Reply<T>),
        handler: fn(&Snapshot, &P) -> Answer<T>,
        again: fn(P, Reply<T>) -> Request,
    ) {
        if self.is_loading(uri.as_ref()) {
            // The first answer is to be a right one.
            self.defer(again(params, reply));
            return;
        }
        let snapshot = self.snapshot();
        let freshness = uri.and_then(|uri| self.freshness(&uri));
        let events = self.events();
        self.pool().spawn(Urgency::Now, move || {
            if reply.is_abandoned() {
                return;
            }
            let answer = guarded(&snapshot, &params, handler);
            // An edit waits for this.
            drop(snapshot);
            match answer {
                Ok(answer) => reply.send(Ok(answer)),
                Err(Failure::Refused(error)) => reply.send(Err(error)),
                Err(Failure::Cancelled) if freshness.is_some_and(|it| it.is_stale()) => {
                    reply.send(Err(Error::content_modified()));
                }
                Err(Failure::Cancelled) => events.send(Event::Request(again(params, reply))),
            }
        });
    }
}

/// A panic in a handler is an error of that request and of nothing else.
fn guarded<P, T>(
    snapshot: &Snapshot,
    params: &P,
    handler: fn(&Snapshot, &P) -> Answer<T>,
) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(|| handler(snapshot, params))).unwrap_or_else(|_| {
        tracing::error!("a request handler panicked");
        let mut error: jsonrpc::Error = Error::internal_error();
        error.message = "the server failed at this request; its log says more".into();
        Err(Failure::Refused(error))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::MemorySystem;
    use tower_lsp::lsp_types::Url;

    use super::Answer;
    use crate::{
        Services,
        client::ClientSender,
        event::{EventSender, Reply, Request},
        proto_ext::Status,
        snapshot::Snapshot,
        state::GlobalState,
    };

    fn state() -> GlobalState {
        let services = Services {
            system: Arc::new(MemorySystem::default()),
            runner: None,
            binder: None,
            set_log_level: Box::new(|_| {}),
            version: "0.0.0",
        };
        let (events, _queue) = EventSender::new();
        let (client, _messages) = ClientSender::new();
        GlobalState::new(services, client, events).unwrap()
    }

    /// A handler with a mistake in it, for documents that are called so.
    #[expect(clippy::unnecessary_wraps, reason = "that is what handlers are like")]
    fn handler(_: &Snapshot, uri: &Url) -> Answer<Status> {
        assert!(!uri.path().ends_with("panic.sql"), "a mistake of ours");
        Ok(Status {
            version: "answered".to_owned(),
            projects: Vec::new(),
            defer_state: None,
        })
    }

    #[test]
    fn a_panic_is_an_error_of_its_request_alone() {
        let mut state = state();
        // More than there are threads: none of them is lost.
        for path in ["/panic.sql", "/panic.sql", "/panic.sql", "/a.sql"] {
            let uri = Url::from_file_path(path).unwrap();
            let (reply, answer) = Reply::new();
            state.answer(None, (uri, reply), handler, |_, reply| {
                Request::Status(reply)
            });
            let answer = answer.blocking_recv().unwrap();
            match path {
                "/a.sql" => assert_eq!(answer.unwrap().version, "answered"),
                _ => assert_eq!(answer.unwrap_err().code.code(), -32603),
            }
        }
    }
}
