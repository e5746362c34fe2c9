//! Latency of the language server as an editor sees it, over stdio.
//!
//! Opens one model that refers to another, waits for the first answer, then types: every other edit breaks the ref, so the
//! diagnostics expected alternate, and a server that answers fast but stale is found out.
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

/// Milliseconds of every request of a kind, and what else a table shows.
pub(super) struct Latencies {
    /// Until go-to-definition answered, from the start of the process.
    pub first_answer_ms: f64,
    /// Kind and samples.
    pub samples: Vec<(&'static str, Vec<f64>)>,
    /// Edits whose diagnostics were wrong or never came.
    pub n_wrong: usize,
    /// Resident at the end.
    pub rss_mb: u64,
}

const REQUESTS: [&str; 5] = [
    "completion",
    "hover",
    "definition",
    "references",
    "documentSymbol",
];
const PATIENCE: Duration = Duration::from_mins(1);

struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<(Instant, Value)>,
    next_id: u64,
}

impl Client {
    fn start(binary: &Path, root: &Path) -> Result<Self> {
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

    fn notify(&mut self, method: &str, params: &Value) -> Result<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// The next message that `wanted` accepts. Requests of the server are answered with nothing on the way.
    fn wait(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
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

    fn request(&mut self, method: &str, params: &Value) -> Result<(f64, Value)> {
        let id = self.next_id;
        self.next_id += 1;
        let start = Instant::now();
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let Some((at, message)) = self.wait(PATIENCE, |message| message["id"] == id)? else {
            bail!("no answer to {method}");
        };
        Ok((
            (at - start).as_secs_f64() * 1000.0,
            message["result"].clone(),
        ))
    }
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

/// Types `n_edits` edits into `file`, a model below `root` whose first `ref('…')` is broken and mended in turn.
pub(super) fn measure(
    binary: &Path,
    root: &Path,
    file: &Path,
    n_edits: usize,
) -> Result<Latencies> {
    let text = super::read_file(file)?;
    let start_of_name = text.find("ref('").context("the probed model has no ref")? + "ref('".len();
    let name_len = text
        .get(start_of_name..)
        .and_then(|rest| rest.find('\''))
        .context("the ref is not closed")?;
    let line = text
        .get(..start_of_name)
        .unwrap_or("")
        .matches('\n')
        .count();
    let column = text
        .get(..start_of_name)
        .and_then(|before| before.rsplit('\n').next())
        .map_or(0, str::len);
    let uri = format!("file://{}", file.display());
    let root_uri = format!("file://{}", root.display());
    let at = |character: usize| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    let at_name = at(column + 1);

    let start = Instant::now();
    let mut client = Client::start(binary, root)?;
    client.request(
        "initialize",
        &json!({"processId": null, "rootUri": root_uri, "workspaceFolders": [{"uri": root_uri, "name": "bench"}],
                "capabilities": {"textDocument": {"publishDiagnostics": {"versionSupport": true}}}}),
    )?;
    client.notify("initialized", &json!({}))?;
    client.notify("textDocument/didOpen", &json!({"textDocument": {"uri": uri, "languageId": "jinja-sql", "version": 1, "text": text}}))?;
    while client
        .request("textDocument/definition", &at_name)?
        .1
        .is_null()
    {
        if start.elapsed() > PATIENCE {
            bail!("definition never answered");
        }
        thread::sleep(Duration::from_millis(5));
    }
    let first_answer_ms = start.elapsed().as_secs_f64() * 1000.0;
    // Let the project's first diagnostics pass by, so that they are not counted as answers to edits.
    client.wait(Duration::from_secs(3), |_| false)?;

    let mut latencies = Latencies {
        first_answer_ms,
        samples: vec![("diagnostics", Vec::new())],
        n_wrong: 0,
        rss_mb: 0,
    };
    latencies
        .samples
        .extend(REQUESTS.map(|method| (method, Vec::new())));
    let end = column + name_len;
    for edit in 0..n_edits {
        let version = edit + 2;
        let is_broken = edit.is_multiple_of(2);
        let (until, new_text) = if is_broken {
            (end, "_zz")
        } else {
            (end + 3, "")
        };
        let range = json!({"start": {"line": line, "character": end}, "end": {"line": line, "character": until}});
        let start = Instant::now();
        client.notify(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"range": range, "text": new_text}]}),
        )?;
        let is_answer = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str()
                && message["params"]["version"] == version
        };
        let answer = client.wait(Duration::from_secs(20), is_answer)?;
        let has_error = |message: &Value| {
            let diagnostics = message["params"]["diagnostics"].as_array();
            diagnostics
                .is_some_and(|all| all.iter().any(|one| one["range"]["start"]["line"] == line))
        };
        match answer {
            Some((at, message)) if has_error(&message) == is_broken => {
                latencies.record("diagnostics", (at - start).as_secs_f64() * 1000.0);
            }
            _ => latencies.n_wrong += 1,
        }
        if !is_broken {
            for method in REQUESTS {
                // With nothing typed, every model of the project fits.
                let mut params = match method {
                    "completion" => at(column),
                    _ => at_name.clone(),
                };
                params["context"] = json!({"includeDeclaration": true});
                let (ms, _) = client.request(&format!("textDocument/{method}"), &params)?;
                latencies.record(method, ms);
            }
        }
        thread::sleep(Duration::from_millis(30));
    }
    latencies.rss_mb = rss_mb(client.child.id(), "VmRSS").unwrap_or(0);
    client.request("shutdown", &Value::Null)?;
    client.notify("exit", &Value::Null)?;
    client.child.wait()?;
    Ok(latencies)
}

impl Latencies {
    /// The samples of a kind.
    pub(super) fn of(&self, kind: &str) -> &[f64] {
        let found = self.samples.iter().find(|(name, _)| *name == kind);
        found.map_or(&[], |(_, samples)| samples)
    }

    fn record(&mut self, method: &str, ms: f64) {
        if let Some((_, samples)) = self.samples.iter_mut().find(|(name, _)| *name == method) {
            samples.push(ms);
        }
    }
}
