//! What somebody at an editor waits for, in a synthetic project.
//!
//! What is expected alternates from edit to edit, so a server that answers fast but stale is found out.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null, never a panic"
)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{
    client::{Client, PATIENCE, milliseconds},
    read_file, write_file,
};

/// A model that reads others.
const PROBED: &str = "models/marts/g000/mart_00007.sql";

/// How long to pause between edits: a fast typist's keys are farther apart.
const PAUSE: Duration = Duration::from_millis(30);

/// Milliseconds of everything of one kind.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) taken: Vec<f64>,
    /// Answers that were wrong or never came.
    pub(super) n_wrong: usize,
}

impl Samples {
    /// The value below which this part of the samples is.
    pub(super) fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.taken.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = ((sorted.len() as f64) * part) as usize;
        sorted
            .get(rank.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

/// An editor with one open model.
pub(super) struct Session {
    client: Client,
    root: PathBuf,
    probed: Opened,
    /// Until go-to-definition answered, from the start of the process.
    pub(super) first_answer_ms: f64,
}

/// An open document, and the first name in it that a `ref` has.
struct Opened {
    uri: String,
    version: i64,
    name: String,
    line: usize,
    /// Of the name.
    column: usize,
}

impl Opened {
    /// In the middle of the line of the name: bytes, which in these projects are UTF-16 units, too.
    fn at(&self, column: usize) -> Value {
        json!({"textDocument": {"uri": self.uri}, "position": {"line": self.line, "character": column}})
    }

    /// Right of the first letter of the name.
    fn at_name(&self) -> Value {
        self.at(self.column + 1)
    }

    fn end_of_name(&self) -> usize {
        self.column + self.name.len()
    }
}

const REQUESTS: [&str; 8] = [
    "completion in `ref('`",
    "completion of columns",
    "hover",
    "definition",
    "references",
    "rename",
    "documentSymbol",
    "workspace/symbol",
];

impl Session {
    /// Opens a model, and waits until its first `ref` can be followed.
    pub(super) fn start(binary: &Path, root: &Path) -> Result<Self> {
        let root_uri = uri(root);
        let started = Instant::now();
        let mut client = Client::start(binary, root)?;
        client.request(
            "initialize",
            &json!({"processId": null, "rootUri": root_uri, "workspaceFolders": [{"uri": root_uri, "name": "bench"}],
                "capabilities": {
                    "textDocument": {"publishDiagnostics": {"versionSupport": true}},
                    "workspace": {
                        "didChangeWatchedFiles": {"dynamicRegistration": true},
                        "workspaceEdit": {"documentChanges": true, "resourceOperations": ["rename"]}}}}),
        )?;
        client.notify("initialized", &json!({}))?;
        let probed = open(&mut client, &root.join(PROBED))?;
        while client
            .request("textDocument/definition", &probed.at_name())?
            .1
            .is_null()
        {
            if started.elapsed() > PATIENCE {
                bail!("definition never answered");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self {
            client,
            root: root.to_owned(),
            probed,
            first_answer_ms: milliseconds(started.elapsed()),
        })
    }

    /// Lets pass what comes by itself, so that it is not counted as an answer.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.client.wait(Duration::from_secs(3), |_| false)?;
        Ok(())
    }

    pub(super) fn rss_mb(&self) -> u64 {
        self.client.rss_mb()
    }

    pub(super) fn end(self) -> Result<()> {
        self.client.shut_down()
    }

    /// Breaks the first `ref` and mends it again, and asks everything in between. How long the file's own diagnostics took, and
    /// all kinds of requests.
    pub(super) fn edits(
        &mut self,
        n_edits: usize,
    ) -> Result<(Samples, Vec<(&'static str, Samples)>)> {
        let mut diagnostics = Samples::default();
        let mut asked: Vec<_> = REQUESTS.map(|kind| (kind, Samples::default())).into();
        for edit in 0..n_edits {
            let is_broken = edit.is_multiple_of(2);
            match self.edit(is_broken)? {
                Some(ms) => diagnostics.taken.push(ms),
                None => diagnostics.n_wrong += 1,
            }
            if !is_broken {
                for (kind, samples) in &mut asked {
                    let (method, params) = self.question(kind);
                    let (ms, answer) = self.client.request(method, &params)?;
                    samples.taken.push(ms);
                    samples.n_wrong += usize::from(answer.is_null());
                }
            }
            thread::sleep(PAUSE);
        }
        Ok((diagnostics, asked))
    }

    fn question(&self, kind: &str) -> (&'static str, Value) {
        let at_name = self.probed.at_name();
        match kind {
            // With nothing typed, every model of the project fits.
            "completion in `ref('`" => (
                "textDocument/completion",
                self.probed.at(self.probed.column),
            ),
            // The probed model has its columns before the `ref`, in the same line.
            "completion of columns" => ("textDocument/completion", self.probed.at(13)),
            "hover" => ("textDocument/hover", at_name),
            "definition" => ("textDocument/definition", at_name),
            "references" => {
                let mut params = at_name;
                params["context"] = json!({"includeDeclaration": true});
                ("textDocument/references", params)
            }
            "rename" => {
                let mut params = at_name;
                params["newName"] = json!("renamed");
                ("textDocument/rename", params)
            }
            "documentSymbol" => ("textDocument/documentSymbol", at_name),
            _ => ("workspace/symbol", json!({"query": self.probed.name})),
        }
    }

    /// Until the diagnostics of the edited text came; `None` if they were wrong.
    fn edit(&mut self, is_broken: bool) -> Result<Option<f64>> {
        let end = self.probed.end_of_name();
        let (until, text) = if is_broken {
            (end, "_zz")
        } else {
            (end + 3, "")
        };
        let started = Instant::now();
        let line = self.probed.line;
        change(&mut self.client, &mut self.probed, (end, until), text)?;
        let (uri, version) = (&self.probed.uri, self.probed.version);
        let answer = self.client.wait(Duration::from_secs(20), |message| {
            publishes(message, uri) && message["params"]["version"] == version
        })?;
        let right = answer.filter(|(_, message)| {
            let mut found = diagnostics(message);
            found.any(|one| one["range"]["start"]["line"] == line) == is_broken
        });
        Ok(right.map(|(at, _)| milliseconds(at - started)))
    }

    /// Renames a column of the model that the open one reads, and back: until all direct readers have told of it.
    pub(super) fn downstream(&mut self, n_edits: usize) -> Result<Samples> {
        let name = self.probed.name.clone();
        let models = models(&self.root)?;
        let path = models
            .iter()
            .find(|path| path.file_stem().is_some_and(|stem| *stem == *name))
            .context("the model that is read is not there")?;
        let call = format!("ref('{name}')");
        let mut readers = BTreeSet::new();
        for path in &models {
            // An ephemeral model becomes a part of its reader, which is no reason to be slower.
            if read_file(path)?.contains(&call) {
                readers.insert(uri(path));
            }
        }
        let text = read_file(path)?;
        let column = "        p0.status";
        let start = text.find(column).context("no such column")?;
        let mut edited = open(&mut self.client, path)?;
        edited.line = text.get(..start).unwrap_or("").matches('\n').count();
        self.settle()?;
        let mut samples = Samples::default();
        for edit in 0..n_edits {
            let is_broken = edit.is_multiple_of(2);
            let (until, new) = if is_broken {
                (column.len(), " as status_zz")
            } else {
                (column.len() + " as status_zz".len(), "")
            };
            let mut missing = readers.clone();
            let started = Instant::now();
            change(&mut self.client, &mut edited, (column.len(), until), new)?;
            let last = self.client.wait(Duration::from_secs(20), |message| {
                let uri = message["params"]["uri"].as_str().unwrap_or_default();
                if publishes(message, uri) && diagnostics(message).next().is_some() == is_broken {
                    missing.remove(uri);
                }
                missing.is_empty()
            })?;
            match last {
                Some((at, _)) => samples.taken.push(milliseconds(at - started)),
                None => samples.n_wrong += 1,
            }
            thread::sleep(PAUSE);
        }
        let params = json!({"textDocument": {"uri": edited.uri}});
        self.client.notify("textDocument/didClose", &params)?;
        Ok(samples)
    }

    /// Files change on the disk, and back: until the diagnostics of the last of them have come.
    pub(super) fn switches(&mut self, n_files: usize, n_switches: usize) -> Result<Samples> {
        let mut samples = Samples::default();
        let mut files = Vec::new();
        for path in models(&self.root)?
            .into_iter()
            .filter(|path| !path.ends_with(PROBED))
            .take(n_files)
        {
            let text = read_file(&path)?;
            files.push((path, text));
        }
        let changes: Vec<Value> = files
            .iter()
            .map(|(path, _)| json!({"uri": uri(path), "type": 2}))
            .collect();
        for switch in 0..n_switches {
            let is_broken = switch.is_multiple_of(2);
            let mut missing = BTreeSet::new();
            for (path, text) in &files {
                let mut text = text.clone();
                if is_broken {
                    writeln!(text, "-- {{{{ ref('is_on_no_branch') }}}}")?;
                }
                write_file(path, &text)?;
                missing.insert(uri(path));
            }
            let started = Instant::now();
            let params = json!({"changes": changes});
            let method = "workspace/didChangeWatchedFiles";
            self.client.notify(method, &params)?;
            let last = self.client.wait(PATIENCE, |message| {
                let uri = message["params"]["uri"].as_str().unwrap_or_default();
                if publishes(message, uri) && diagnostics(message).next().is_some() == is_broken {
                    missing.remove(uri);
                }
                missing.is_empty()
            })?;
            match last {
                Some((at, _)) => samples.taken.push(milliseconds(at - started)),
                None => samples.n_wrong += 1,
            }
        }
        Ok(samples)
    }

    /// Types as fast as the server answers: resident memory on the way, by the number of edits so far.
    pub(super) fn soak(&mut self, n_edits: usize) -> Result<Vec<(usize, u64)>> {
        let mut memory = vec![(0, self.rss_mb())];
        let mut next = 100;
        for edit in 0..n_edits {
            if self.edit(edit.is_multiple_of(2))?.is_none() {
                bail!("edit {edit}: the diagnostics are wrong");
            }
            if edit + 1 == next || edit + 1 == n_edits {
                memory.push((edit + 1, self.rss_mb()));
                next *= 10;
            }
        }
        Ok(memory)
    }
}

fn open(client: &mut Client, path: &Path) -> Result<Opened> {
    let text = read_file(path)?;
    let start = text.find("ref('").context("the model has no ref")? + "ref('".len();
    let (before, after) = text.split_at(start);
    let name = after.split('\'').next().unwrap_or_default().to_owned();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, str::len);
    let uri = uri(path);
    client.notify("textDocument/didOpen", &json!({"textDocument": {"uri": uri, "languageId": "jinja-sql", "version": 1, "text": text}}))?;
    Ok(Opened {
        uri,
        version: 1,
        name,
        line,
        column,
    })
}

/// Replaces a part of the line of the document's name.
fn change(
    client: &mut Client,
    opened: &mut Opened,
    (start, end): (usize, usize),
    text: &str,
) -> Result<()> {
    opened.version += 1;
    let range = json!({"start": {"line": opened.line, "character": start}, "end": {"line": opened.line, "character": end}});
    client.notify(
        "textDocument/didChange",
        &json!({"textDocument": {"uri": opened.uri, "version": opened.version}, "contentChanges": [{"range": range, "text": text}]}),
    )
}

fn publishes(message: &Value, uri: &str) -> bool {
    message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
}

/// Warnings count: they alternate, too.
fn diagnostics(message: &Value) -> impl Iterator<Item = &Value> {
    let found = message["params"]["diagnostics"].as_array();
    found.into_iter().flatten()
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The SQL files of a project, sorted.
fn models(root: &Path) -> Result<Vec<PathBuf>> {
    let mut directories = vec![root.join("models")];
    let mut models = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|it| it == "sql") {
                models.push(path);
            }
        }
    }
    models.sort();
    Ok(models)
}
