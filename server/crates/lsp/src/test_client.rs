//! A client in memory, for tests of whole sessions.

use std::{path::PathBuf, sync::Arc, thread::JoinHandle};

use base::{MemorySystem, System};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    runtime::{Builder, Runtime},
};

use crate::{Binder, Ending, Services, serve};

/// More than any test sends before it reads.
const PIPE: usize = 1 << 20;

pub(crate) struct TestClient {
    runtime: Runtime,
    to_server: Option<DuplexStream>,
    from_server: DuplexStream,
    server: JoinHandle<Ending>,
    last_id: u64,
}

impl TestClient {
    /// A server over these files, not yet initialized.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        Self::start_with(files, None)
    }

    /// The same, with somebody who binds queries.
    pub(crate) fn start_with(files: &[(&str, &str)], binder: Option<Arc<dyn Binder>>) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
        let system: Arc<dyn System> =
            Arc::new(MemorySystem::new(files).with_env("HOME", "/home/u"));
        let (to_server, input) = duplex(PIPE);
        let (output, from_server) = duplex(PIPE);
        let server = std::thread::spawn(move || {
            let services = Services {
                system,
                runner: None,
                binder,
                set_log_level: Box::new(|_| {}),
                version: "0.0.0",
            };
            let runtime = runtime();
            let ending = runtime.block_on(serve(input, output, services)).unwrap();
            runtime.shutdown_background();
            ending
        });
        Self {
            runtime: runtime(),
            to_server: Some(to_server),
            from_server,
            server,
            last_id: 0,
        }
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let to_server = self.to_server.as_mut().unwrap();
        let writing = to_server.write_all(framed.as_bytes());
        self.runtime.block_on(writing).unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The number to look for in the response.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Whatever comes next.
    pub(crate) fn receive(&mut self) -> Value {
        let from_server = &mut self.from_server;
        self.runtime.block_on(async {
            let mut header = Vec::new();
            while !header.ends_with(b"\r\n\r\n") {
                header.push(from_server.read_u8().await.unwrap());
            }
            let header = String::from_utf8(header).unwrap();
            let length = header.trim().rsplit(' ').next().unwrap().parse().unwrap();
            let mut body = vec![0; length];
            from_server.read_exact(&mut body).await.unwrap();
            serde_json::from_slice(&body).unwrap()
        })
    }

    /// The response to a request; what comes before it is dropped.
    pub(crate) fn response(&mut self, id: u64) -> Value {
        loop {
            let message = self.receive();
            if message.get("method").is_none() && message.get("id") == Some(&json!(id)) {
                return message;
            }
        }
    }

    pub(crate) fn initialize(&mut self, folder: &str) -> Value {
        let folder = json!([{"uri": format!("file://{folder}"), "name": "w"}]);
        let id = self.ask(
            "initialize",
            &json!({"capabilities": {}, "workspaceFolders": folder}),
        );
        let response = self.response(id);
        self.notify("initialized", &json!({}));
        response
    }

    /// Closes the client's end, and waits for the server to notice.
    pub(crate) fn leave(mut self) -> Ending {
        self.to_server = None;
        self.server.join().unwrap()
    }

    /// Waits for the server to end by itself.
    pub(crate) fn ending(self) -> Ending {
        let ending = self.server.join().unwrap();
        drop(self.to_server);
        ending
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
