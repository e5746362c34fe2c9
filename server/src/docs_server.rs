//! Serves the documentation on this machine: the page, and the files of the target directory that it asks for.
//!
//! One request after the other, GET alone, nothing but named files. Requests under a foreign host name are refused, so
//! that no web page can read the project through a name that leads here.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base::System;
use engine::{CancelToken, Interrupt};

/// What is served, and from where.
pub(crate) struct DocsServer {
    listener: TcpListener,
    address: SocketAddr,
    system: Arc<dyn System>,
    target_path: PathBuf,
    page: String,
}

/// Longer requests are not from a browser that was asked to show the page.
const MAX_REQUEST: u64 = 16 * 1024;

struct Answer {
    status: &'static str,
    kind: &'static str,
    body: Vec<u8>,
}

impl DocsServer {
    /// Listens at an address of this machine.
    pub(crate) fn bind(
        address: (&str, u16),
        system: Arc<dyn System>,
        target_path: PathBuf,
        page: String,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            system,
            target_path,
            page,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Until Ctrl-C.
    pub(crate) fn run(&self, cancel: &CancelToken) {
        let _registration = cancel.register(Arc::new(Wake(self.address)));
        for stream in self.listener.incoming() {
            if cancel.is_cancelled() {
                return;
            }
            let served = stream.and_then(|stream| self.serve(&stream));
            if let Err(error) = served {
                tracing::debug!(%error, "a request was not answered");
            }
        }
    }

    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.set_write_timeout(Some(Duration::from_mins(1)))?;
        let mut lines = BufReader::new(stream.take(MAX_REQUEST)).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let mut host = String::new();
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("host")
            {
                value.trim().clone_into(&mut host);
            }
        }
        let answer = self.answer(&first, &host);
        let mut out = stream;
        write!(
            out,
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            answer.status,
            answer.kind,
            answer.body.len()
        )?;
        out.write_all(&answer.body)
    }

    fn answer(&self, request: &str, host: &str) -> Answer {
        if !self.is_own(host) {
            return refused("403 Forbidden");
        }
        let mut words = request.split(' ');
        let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
            return refused("405 Method Not Allowed");
        };
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_start_matches('/');
        if matches!(path, "" | "index.html") {
            return Answer {
                status: "200 OK",
                kind: "text/html; charset=utf-8",
                body: self.page.clone().into_bytes(),
            };
        }
        self.file(path).unwrap_or_else(|| refused("404 Not Found"))
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
            status: "200 OK",
            kind,
            body: self.system.read(&real).ok()?,
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

fn refused(status: &'static str) -> Answer {
    Answer {
        status,
        kind: "text/plain; charset=utf-8",
        body: format!("{status}\n").into_bytes(),
    }
}

/// Ends the wait for the next request: it is one.
struct Wake(SocketAddr);

impl Interrupt for Wake {
    fn interrupt(&self) {
        // Where nobody listens any more, nobody waits.
        let _ = TcpStream::connect_timeout(&self.0, Duration::from_secs(1));
    }
}

#[cfg(test)]
mod tests {
    use base::OsSystem;
    use expect_test::{Expect, expect};

    use super::*;

    fn check(request: &str, host: &str, expected: &Expect) {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        OsSystem
            .write(&target.join("manifest.json"), b"{}")
            .unwrap();
        OsSystem
            .write(&target.join("shop.duckdb"), b"data")
            .unwrap();
        OsSystem
            .write(&dir.path().join("secret.json"), b"secret")
            .unwrap();
        let server = DocsServer::bind(
            ("127.0.0.1", 0),
            Arc::new(OsSystem),
            target,
            "page".to_owned(),
        )
        .unwrap();
        let answer = server.answer(request, host);
        let body = String::from_utf8(answer.body).unwrap();
        expected.assert_eq(&format!("{} {}", answer.status, body.trim()));
    }

    #[test]
    fn serves_the_page_and_artifacts() {
        check("GET / HTTP/1.1", "localhost:8080", &expect!["200 OK page"]);
        check(
            "GET /manifest.json?cb=1 HTTP/1.1",
            "127.0.0.1",
            &expect!["200 OK {}"],
        );
    }

    #[test]
    fn serves_nothing_else() {
        check(
            "GET /../secret.json HTTP/1.1",
            "localhost",
            &expect!["404 Not Found 404 Not Found"],
        );
        check(
            "GET /%2e%2e/secret.json HTTP/1.1",
            "localhost",
            &expect!["404 Not Found 404 Not Found"],
        );
        check(
            "GET /shop.duckdb HTTP/1.1",
            "localhost",
            &expect!["404 Not Found 404 Not Found"],
        );
        check(
            "POST / HTTP/1.1",
            "localhost",
            &expect!["405 Method Not Allowed 405 Method Not Allowed"],
        );
    }

    #[test]
    fn a_foreign_name_is_refused() {
        check(
            "GET / HTTP/1.1",
            "evil.example:8080",
            &expect!["403 Forbidden 403 Forbidden"],
        );
        check(
            "GET / HTTP/1.1",
            "",
            &expect!["403 Forbidden 403 Forbidden"],
        );
    }

    #[test]
    fn ctrl_c_ends_the_wait() {
        let server = DocsServer::bind(
            ("127.0.0.1", 0),
            Arc::new(OsSystem),
            PathBuf::new(),
            String::new(),
        )
        .unwrap();
        let cancel = CancelToken::new();
        let token = cancel.clone();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| server.run(&token));
            cancel.cancel();
            // A server that was not yet waiting has seen the token, or is woken by this.
            let _ = TcpStream::connect(server.address());
            running.join().unwrap();
        });
    }
}
