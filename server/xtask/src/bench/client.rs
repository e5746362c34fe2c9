//! A client of a language server, over stdio: as much of an editor as measuring needs.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null, never a panic"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::rss_mb;

/// For answers that must come.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<(Instant, Value)>,
    next_id: u64,
}

impl Client {
    pub(super) fn start(binary: &Path, root: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .arg("lsp")
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (tx, messages) = channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(message) = read_message(&mut reader) {
                if tx.send((Instant::now(), message)).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            messages,
            next_id: 1,
        })
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        Ok(self.stdin.flush()?)
    }

    pub(super) fn notify(&mut self, method: &str, params: &Value) -> Result<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// The next message that `wanted` accepts, with the time at which it came; `None` if it does not come in time. Requests of
    /// the server are answered with nothing on the way.
    pub(super) fn wait(
        &mut self,
        limit: Duration,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Result<Option<(Instant, Value)>> {
        let deadline = Instant::now() + limit;
        loop {
            let Ok((at, message)) = self
                .messages
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                return Ok(None);
            };
            if message.get("method").is_some() && message.get("id").is_some() {
                let result = match message.pointer("/params/items").and_then(Value::as_array) {
                    Some(items) => json!(vec![Value::Null; items.len()]),
                    None => Value::Null,
                };
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}))?;
            } else if wanted(&message) {
                return Ok(Some((at, message)));
            }
        }
    }

    /// How long the answer took, in milliseconds, and the answer.
    pub(super) fn request(&mut self, method: &str, params: &Value) -> Result<(f64, Value)> {
        let id = self.next_id;
        self.next_id += 1;
        let start = Instant::now();
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let Some((at, message)) = self.wait(PATIENCE, |message| message["id"] == id)? else {
            bail!("no answer to {method}");
        };
        Ok((milliseconds(at - start), message["result"].clone()))
    }

    /// Resident memory of the server.
    pub(super) fn rss_mb(&self) -> u64 {
        rss_mb(self.child.id(), "VmRSS").unwrap_or(0)
    }

    /// Ends the server, as the protocol wants it.
    pub(super) fn shut_down(mut self) -> Result<()> {
        self.request("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null)?;
        self.child.wait()?;
        Ok(())
    }
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn read_message(reader: &mut impl BufRead) -> Option<Value> {
    let mut len = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            len = value.trim().parse::<usize>().ok();
        }
    }
    let mut body = vec![0; len?];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
