//! Serves the documentation on this machine: the page, and the files of the target directory that it asks for.
//!
//! GET alone, nothing but named files. Requests under a foreign host name are refused, so that no web page can read the
//! project through a name that leads here.

use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base::System;
use engine::{CancelToken, Interrupt};
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Bytes,
    header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, X_CONTENT_TYPE_OPTIONS},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::Notify};

/// What is served, and from where.
pub(crate) struct DocsServer {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
}

/// A browser that opens a connection ahead of time sends its request later, or never.
const PATIENCE: Duration = Duration::from_mins(1);

struct Site {
    address: SocketAddr,
    system: Arc<dyn System>,
    target_path: PathBuf,
    page: Bytes,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

impl DocsServer {
    /// Listens at an address of this machine.
    pub(crate) fn bind(
        address: (&str, u16),
        system: Arc<dyn System>,
        target_path: PathBuf,
        page: String,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            site: Arc::new(Site {
                address,
                system,
                target_path,
                page: page.into(),
            }),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Until Ctrl-C.
    pub(crate) fn run(self, cancel: &CancelToken) -> io::Result<()> {
        let stop = Arc::new(Notify::new());
        let _registration = cancel.register(Arc::new(Stop(Arc::clone(&stop))));
        if cancel.is_cancelled() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            tokio::select! {
                ended = listen(self.listener, self.site) => ended,
                () = stop.notified() => Ok(()),
            }
        })
    }
}

async fn listen(listener: TcpListener, site: Arc<Site>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&site)));
            }
            // The other side has left again, or too many are here: neither is the end.
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, site: Arc<Site>) {
    let service = service_fn(|request| {
        let answer = site.answer(&request);
        async { Ok::<_, Infallible>(response(answer)) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in [
        (CONTENT_TYPE, answer.kind),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Site {
    fn answer<B>(&self, request: &Request<B>) -> Answer {
        let host = request.headers().get(HOST).map(HeaderValue::to_str);
        if !host.is_some_and(|host| host.is_ok_and(|host| self.is_own(host))) {
            return refused(StatusCode::FORBIDDEN);
        }
        if request.method() != Method::GET {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        let path = request.uri().path().trim_start_matches('/');
        if matches!(path, "" | "index.html") {
            return Answer {
                status: StatusCode::OK,
                kind: "text/html; charset=utf-8",
                body: self.page.clone(),
            };
        }
        self.file(path)
            .unwrap_or_else(|| refused(StatusCode::NOT_FOUND))
    }

    /// A file of the target directory; not one that a link or dots lead to elsewhere.
    fn file(&self, path: &str) -> Option<Answer> {
        let relative = Path::new(path);
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let kind = kind(relative)?;
        if !relative.components().all(is_plain) || path.contains(['\\', '%']) {
            return None;
        }
        let root = std::fs::canonicalize(&self.target_path).ok()?; // before the first run there is none
        let real = std::fs::canonicalize(root.join(relative)).ok()?;
        if !real.starts_with(&root) {
            return None;
        }
        Some(Answer {
            status: StatusCode::OK,
            kind,
            body: self.system.read(&real).ok()?.into(),
        })
    }

    fn is_own(&self, host: &str) -> bool {
        if !self.address.ip().is_loopback() {
            return true;
        }
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) {
                name
            } else {
                host
            }
        });
        matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name == self.address.ip().to_string()
    }
}

/// What may be asked for: artifacts and pictures.
fn kind(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()? {
        "json" => "application/json",
        "html" => "text/html; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        _ => return None,
    })
}

fn refused(status: StatusCode) -> Answer {
    Answer {
        status,
        kind: "text/plain; charset=utf-8",
        body: format!("{status}\n").into(),
    }
}

/// Ctrl-C.
struct Stop(Arc<Notify>);

impl Interrupt for Stop {
    fn interrupt(&self) {
        self.0.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use base::OsSystem;
    use expect_test::{Expect, expect};

    use super::*;

    /// A server that is running, for as long as `talk` has something to say.
    fn with_server<T>(target_path: PathBuf, talk: impl FnOnce(SocketAddr) -> T) -> T {
        let server = DocsServer::bind(
            ("127.0.0.1", 0),
            Arc::new(OsSystem),
            target_path,
            "page".to_owned(),
        )
        .unwrap();
        let address = server.address();
        let cancel = CancelToken::new();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| server.run(&cancel));
            let said = talk(address);
            cancel.cancel();
            running.join().unwrap().unwrap();
            said
        })
    }

    /// The status, the type and the text that answer a request.
    fn ask(address: SocketAddr, request: &str, host: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{request}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let line = |start: &str| {
            let mut lines = head.lines();
            lines.find_map(|line| line.strip_prefix(start)).unwrap()
        };
        format!(
            "{} {} {}",
            line("HTTP/1.1 "),
            line("content-type: "),
            body.trim()
        )
    }

    fn check(request: &str, host: &str, expected: &Expect) {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        for (name, text) in [
            ("target/manifest.json", "{}"),
            ("target/shop.duckdb", "data"),
            ("secret.json", "secret"),
        ] {
            OsSystem
                .write(&dir.path().join(name), text.as_bytes())
                .unwrap();
        }
        expected.assert_eq(&with_server(target, |address| ask(address, request, host)));
    }

    #[test]
    fn serves_the_page_and_artifacts() {
        check(
            "GET / HTTP/1.1",
            "localhost:8080",
            &expect!["200 OK text/html; charset=utf-8 page"],
        );
        check(
            "GET /manifest.json?cb=1 HTTP/1.1",
            "127.0.0.1",
            &expect!["200 OK application/json {}"],
        );
    }

    #[test]
    fn serves_nothing_else() {
        let nothing = expect!["404 Not Found text/plain; charset=utf-8 404 Not Found"];
        for path in ["/../secret.json", "/%2e%2e/secret.json", "/shop.duckdb"] {
            check(&format!("GET {path} HTTP/1.1"), "localhost", &nothing);
        }
        check(
            "POST / HTTP/1.1",
            "localhost",
            &expect!["405 Method Not Allowed text/plain; charset=utf-8 405 Method Not Allowed"],
        );
    }

    #[test]
    fn a_foreign_name_is_refused() {
        for host in ["evil.example:8080", ""] {
            check(
                "GET / HTTP/1.1",
                host,
                &expect!["403 Forbidden text/plain; charset=utf-8 403 Forbidden"],
            );
        }
    }

    #[test]
    fn a_connection_without_a_request_keeps_nobody_waiting_and_ends_with_ctrl_c() {
        let silent = with_server(PathBuf::new(), |address| {
            let silent = std::net::TcpStream::connect(address).unwrap();
            let answer = ask(address, "GET / HTTP/1.1", "localhost");
            assert!(answer.starts_with("200 OK"), "{answer}");
            silent
        });
        assert_eq!((&silent).read(&mut [0]).unwrap(), 0);
    }
}
