//! From bytes to `Backend` and back: what tower-lsp leaves open about a session's beginning and end.
//!
//! - Messages that a hasty client sends before the answer to `initialize` wait for it, instead of being lost.
//! - `exit` ends the session at once; tower-lsp would go on reading until the input is closed.
//! - The end of the input ends the session, also while requests are being worked on.

use std::{
    borrow::Cow,
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
};
use tower_lsp::{
    ClientSocket, LspService, Server,
    jsonrpc::{self, Response},
};
use tower_service::Service;

use crate::backend::Backend;

/// Requests that may wait for their answers at once. When all are taken, edits wait too, so: more than any client asks.
const MAX_PENDING_REQUESTS: usize = 4096;

/// How long answers that are ready may take to be written after the input has ended.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until the client says `exit` or closes its end. True if it said `shutdown` first.
pub(crate) async fn serve(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite,
    service: LspService<Backend>,
    socket: ClientSocket,
) -> bool {
    let session = Arc::new(Session::default());
    let input = WatchedInput {
        input,
        session: Arc::clone(&session),
    };
    let service = SessionService {
        inner: service,
        session: Arc::clone(&session),
    };
    let server = Server::new(input, output, socket)
        .concurrency_level(MAX_PENDING_REQUESTS)
        .serve(service);
    let ended = async {
        session.ended.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = server => {}
        () = session.exited.notified() => {}
        () = ended => {}
    }
    session.is_shut_down.load(Ordering::SeqCst)
}

/// Where the session is.
#[derive(Debug, Default)]
struct Session {
    is_initializing: AtomicBool,
    /// The reader, parked until `initialize` is answered.
    parked: Mutex<Option<Waker>>,
    is_shut_down: AtomicBool,
    /// `exit` was said.
    exited: Notify,
    /// The input is at its end.
    ended: Notify,
}

impl Session {
    fn set_initialized(&self) {
        self.is_initializing.store(false, Ordering::SeqCst);
        let parked = self
            .parked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(waker) = parked {
            waker.wake();
        }
    }

    fn park(&self, waker: &Waker) {
        *self.parked.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }
}

/// `LspService`, with the beginning and the end watched.
struct SessionService {
    inner: LspService<Backend>,
    session: Arc<Session>,
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Option<Response>, E>> + Send>>;

impl Service<jsonrpc::Request> for SessionService {
    type Response = Option<Response>;
    type Error = <LspService<Backend> as Service<jsonrpc::Request>>::Error;
    type Future = Answer<Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // Parked before the check, so that an answer in between wakes it.
        self.session.park(cx.waker());
        if self.session.is_initializing.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: jsonrpc::Request) -> Self::Future {
        let session = Arc::clone(&self.session);
        match request.method() {
            "initialize" => {
                session.is_initializing.store(true, Ordering::SeqCst);
                let answer = self.inner.call(with_old_names(request));
                Box::pin(async move {
                    let response = answer.await;
                    session.set_initialized();
                    Ok(response?.map(with_new_names))
                })
            }
            "shutdown" => {
                session.is_shut_down.store(true, Ordering::SeqCst);
                self.inner.call(without_null_params(request))
            }
            "exit" => {
                let answer = self.inner.call(request);
                session.exited.notify_one();
                answer
            }
            "dagsmith/status" => self.inner.call(without_null_params(request)),
            _ => self.inner.call(request),
        }
    }
}

/// Where the protocol's names are not those of the types: `capabilities.workspace.diagnostics` is `diagnostic` there.
fn with_old_names(request: jsonrpc::Request) -> jsonrpc::Request {
    let (method, id, mut params) = request.into_parts();
    let workspace = params.as_mut().and_then(|it| {
        let workspace = it.pointer_mut("/capabilities/workspace")?;
        workspace.as_object_mut()
    });
    if let Some(workspace) = workspace
        && let Some(diagnostics) = workspace.remove("diagnostics")
    {
        workspace.insert("diagnostic".to_owned(), diagnostics);
    }
    rebuilt(method, id, params)
}

/// The other way round: the types have no `typeHierarchyProvider`.
fn with_new_names(response: Response) -> Response {
    let (id, mut body) = response.into_parts();
    let result = body.as_mut().ok();
    let capabilities = result.and_then(|it| it.get_mut("capabilities")?.as_object_mut());
    if let Some(capabilities) = capabilities {
        capabilities.insert("typeHierarchyProvider".to_owned(), true.into());
    }
    Response::from_parts(id, body)
}

/// Many clients send `"params": null` where there are none; tower-lsp takes that for a parameter.
fn without_null_params(request: jsonrpc::Request) -> jsonrpc::Request {
    let (method, id, params) = request.into_parts();
    let params = params.filter(|params| !matches!(params, Value::Null));
    rebuilt(method, id, params)
}

fn rebuilt(
    method: Cow<'static, str>,
    id: Option<jsonrpc::Id>,
    params: Option<Value>,
) -> jsonrpc::Request {
    let mut builder = jsonrpc::Request::build(method);
    if let Some(id) = id {
        builder = builder.id(id);
    }
    if let Some(params) = params {
        builder = builder.params(params);
    }
    builder.finish()
}

/// An input that says when it ends.
struct WatchedInput<I> {
    input: I,
    session: Arc<Session>,
}

impl<I: AsyncRead + Unpin> AsyncRead for WatchedInput<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.input).poll_read(cx, buf);
        let is_end = match &polled {
            Poll::Ready(Ok(())) => buf.filled().len() == before && buf.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if is_end {
            self.session.ended.notify_one();
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Ending, test_client::TestClient};

    #[test]
    fn exit_after_shutdown_is_orderly_and_does_not_wait_for_the_end_of_input() {
        let mut client = TestClient::start(&[]);
        client.initialize("/w");
        let id = client.ask("shutdown", &json!(null));
        assert_eq!(client.response(id)["result"], json!(null));
        client.notify("exit", &json!(null));
        assert_eq!(client.ending(), Ending::Orderly);
    }

    #[test]
    fn a_client_that_leaves_ends_the_session() {
        let mut client = TestClient::start(&[]);
        client.initialize("/w");
        assert_eq!(client.leave(), Ending::Abrupt);
    }

    #[test]
    fn a_client_that_never_answers_is_served() {
        let mut client = TestClient::start(&[]);
        let capabilities =
            json!({"workspace": {"configuration": true}, "window": {"workDoneProgress": true}});
        let id = client.ask("initialize", &json!({"capabilities": capabilities}));
        client.response(id);
        client.notify("initialized", &json!({}));
        assert_eq!(client.receive()["method"], "workspace/configuration");
        for _ in 0..20 {
            client.notify(
                "workspace/didChangeConfiguration",
                &json!({"settings": null}),
            );
        }
        let id = client.ask("dagsmith/status", &json!(null));
        assert_eq!(client.response(id)["result"]["projects"], json!([]));
    }

    #[test]
    fn messages_before_the_answer_to_initialize_are_not_lost() {
        let mut client = TestClient::start(&[]);
        let first = client.ask("initialize", &json!({"capabilities": {}}));
        client.notify("initialized", &json!({}));
        let second = client.ask("dagsmith/status", &json!(null));
        assert!(client.response(first)["result"]["capabilities"].is_object());
        assert!(client.response(second)["result"].is_object());
    }

    #[test]
    fn what_is_not_understood_is_refused_and_the_session_goes_on() {
        let mut client = TestClient::start(&[]);
        let early = client.ask("textDocument/hover", &json!({}));
        assert_eq!(client.response(early)["error"]["code"], -32002);
        client.initialize("/w");
        client.send(&json!({"jsonrpc": "2.0", "nonsense": true}));
        client.notify("textDocument/didChange", &json!({"wrong": 1}));
        let unknown = client.ask("textDocument/unheardOf", &json!({}));
        assert_eq!(client.response(unknown)["error"]["code"], -32601);
        let wrong = client.ask("textDocument/hover", &json!({"textDocument": 7}));
        assert_eq!(client.response(wrong)["error"]["code"], -32602);
        let id = client.ask("dagsmith/status", &json!(null));
        assert!(client.response(id)["result"].is_object());
    }
}
