//! A client over stdio, and a small project on disk.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    rc::Rc,
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PROJECT: &[(&str, &str)] = &[
    ("dbt_project.yml", "name: shop\nprofile: shop\n"),
    (
        "profiles.yml",
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
    ),
    ("models/stg_orders.sql", "select 1 as id, 2 as amount\n"),
    (
        "models/orders.sql",
        "select id from {{ ref('stg_orders') }}\n",
    ),
];

/// How long a test may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Client {
    server: Arc<Mutex<Child>>,
    log: File,
    /// Dropped with the client: then nobody waits any more.
    _alive: mpsc::Sender<()>,
    input: Option<ChildStdin>,
    output: mpsc::Receiver<Value>,
    folder: Rc<TempDir>,
    last_id: u64,
    /// Messages that came while something else was waited for.
    waiting: Vec<Value>,
}

impl Client {
    /// A server over these files, initialized by a client that can do little.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        Self::start_with(files, json!({}))
    }

    pub(crate) fn start_with(files: &[(&str, &str)], capabilities: Value) -> Self {
        let folder = Rc::new(tempfile::tempdir().unwrap());
        let mut client = Self::spawn(&folder);
        for (path, text) in files {
            client.write(path, text);
        }
        client.initialize(capabilities, &[""]);
        client
    }

    /// Another client in another process, over the same files.
    pub(crate) fn beside(&self) -> Self {
        let mut client = Self::spawn(&self.folder);
        client.initialize(json!({}), &[""]);
        client
    }

    /// A server over an empty folder to which nothing was said. The user's home is the folder `home` in it.
    pub(crate) fn silent() -> Self {
        Self::spawn(&Rc::new(tempfile::tempdir().unwrap()))
    }

    fn spawn(folder: &Rc<TempDir>) -> Self {
        let home = folder.path().join("home");
        let log = tempfile::tempfile().unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_dagsmith"))
            .arg("lsp")
            .env("HOME", &home)
            .env_remove("XDG_CACHE_HOME")
            .env_remove("DBT_PROFILES_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let input = server.stdin.take();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let (messages, output) = mpsc::channel();
        // A client that does not read while it writes stops the server, which writes, too.
        thread::spawn(move || {
            while let Some(message) = read_message(&mut stdout) {
                if messages.send(message).is_err() {
                    break;
                }
            }
        });
        let server = Arc::new(Mutex::new(server));
        let (alive, ended) = mpsc::channel::<()>();
        let hung = Arc::clone(&server);
        thread::spawn(move || {
            // What is waited for never came: the end of the server ends the test.
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = hung.lock().unwrap().kill();
            }
        });
        Self {
            server,
            log,
            _alive: alive,
            input,
            output,
            folder: Rc::clone(folder),
            last_id: 0,
            waiting: Vec::new(),
        }
    }

    /// Opens the workspace.
    pub(crate) fn initialize(&mut self, capabilities: Value, folders: &[&str]) -> Value {
        let folders: Vec<Value> = folders.iter().map(|it| self.workspace_folder(it)).collect();
        let params = json!({"capabilities": capabilities, "workspaceFolders": folders});
        let result = self.request("initialize", params);
        self.notify("initialized", json!({}));
        result
    }

    pub(crate) fn workspace_folder(&self, path: &str) -> Value {
        json!({"uri": self.uri(path), "name": "w"})
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        let path = self.path(path).display().to_string();
        format!("file://{}", path.trim_end_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let input = self.input.as_mut().unwrap();
        let framed = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let sent = input.write_all(framed.as_bytes()).and(input.flush());
        assert!(sent.is_ok(), "the server is gone: {}", self.log());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends; the number of the request is for `answer` and `$/cancelRequest`.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// The whole response, with its error.
    pub(crate) fn answer(&mut self, id: u64) -> Value {
        self.wait_for(|it| it.get("method").is_none() && it["id"] == json!(id))
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)["result"].take()
    }

    /// Waits for a request of the server's, and answers it.
    pub(crate) fn serve(&mut self, method: &str, result: Value) -> Value {
        let mut asked = self.wait_for(|it| it["method"] == method && it.get("id").is_some());
        self.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": result}));
        asked["params"].take()
    }

    /// Has a command executed; the number of the request.
    pub(crate) fn ask_command(&mut self, command: &str, argument: Value) -> u64 {
        let params = json!({"command": command, "arguments": [argument]});
        self.ask("workspace/executeCommand", params)
    }

    /// Has a command executed; the whole response.
    pub(crate) fn command(&mut self, command: &str, argument: Value) -> Value {
        let id = self.ask_command(command, argument);
        self.answer(id)
    }

    /// Runs `models/endless.sql`, and waits until the warehouse is at it.
    pub(crate) fn ask_endless_run(&mut self) -> u64 {
        let argument = json!({"uri": self.uri("models/endless.sql")});
        let params =
            json!({"command": "dagsmith.run", "arguments": [argument], "workDoneToken": "run"});
        let run = self.ask("workspace/executeCommand", params);
        self.wait_for(|it| it["params"]["value"]["message"] == "model.shop.endless");
        run
    }

    pub(crate) fn files_changed(&mut self, changes: &[(&str, u32)]) {
        let changes = changes.iter();
        let changes: Vec<Value> = changes
            .map(|(path, kind)| json!({"uri": self.uri(path), "type": kind}))
            .collect();
        let params = json!({"changes": changes});
        self.notify("workspace/didChangeWatchedFiles", params);
    }

    pub(crate) fn close(&mut self, path: &str) {
        let params = json!({"textDocument": {"uri": self.uri(path)}});
        self.notify("textDocument/didClose", params);
    }

    /// The diagnostics of this version of a document, or of the file if there is no version.
    pub(crate) fn diagnostics(&mut self, path: &str, version: Option<i32>) -> Vec<Value> {
        let uri = self.uri(path);
        let message = self.wait_for(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == json!(uri)
                && it["params"]["version"] == json!(version)
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// The last diagnostics of each file, as far as nobody has waited for them.
    pub(crate) fn shown_diagnostics(&self) -> BTreeMap<String, Vec<Value>> {
        let published = self
            .waiting
            .iter()
            .filter(|it| it["method"] == "textDocument/publishDiagnostics");
        published
            .map(|it| {
                let uri = it["params"]["uri"].as_str().unwrap().to_owned();
                let found = it["params"]["diagnostics"].as_array().unwrap();
                (uri, found.clone())
            })
            .collect()
    }

    /// What the server logged so far.
    pub(crate) fn log(&mut self) -> String {
        let mut text = String::new();
        self.log.rewind().unwrap();
        self.log.read_to_string(&mut text).unwrap();
        text
    }

    pub(crate) fn wait_for(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(found) = self.waiting.iter().position(&is_wanted) {
            return self.waiting.remove(found);
        }
        loop {
            let message = self.receive();
            if is_wanted(&message) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        let message = self.output.recv();
        let gone = message.is_err();
        assert!(!gone, "the server is gone: {}", self.log());
        message.unwrap()
    }

    pub(crate) fn open(&mut self, path: &str, version: i32, text: &str) {
        let document =
            json!({"uri": self.uri(path), "languageId": "sql", "version": version, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replace a range of one line.
    pub(crate) fn edit(
        &mut self,
        path: &str,
        version: i32,
        line: u32,
        columns: (u32, u32),
        text: &str,
    ) {
        let range = json!({
            "start": {"line": line, "character": columns.0},
            "end": {"line": line, "character": columns.1},
        });
        let params = json!({
            "textDocument": {"uri": self.uri(path), "version": version},
            "contentChanges": [{"range": range, "text": text}],
        });
        self.notify("textDocument/didChange", params);
    }

    pub(crate) fn at(&self, path: &str, line: u32, character: u32) -> Value {
        json!({
            "textDocument": {"uri": self.uri(path)},
            "position": {"line": line, "character": character},
        })
    }

    /// The client's end of the conversation is closed.
    pub(crate) fn hang_up(&mut self) -> ExitStatus {
        self.input = None;
        self.wait()
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.server.lock().unwrap().wait().unwrap()
    }
}

/// The next message; `None` when there are no more.
fn read_message(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length: ") {
            Some(text) => length = text.parse().unwrap(),
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves its server running; one that ended has none.
        let mut server = self.server.lock().unwrap();
        let _ = server.kill();
        let _ = server.wait();
    }
}
