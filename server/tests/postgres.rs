//! The binary on a private PostgreSQL, which `server/postgres` starts and which ends with this process: what is built, how
//! connections are made, and what people read when the server does not play along.

#![expect(
    clippy::disallowed_methods,
    reason = "tests of a binary prepare the disk and start it"
)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[path = "postgres/builds.rs"]
mod builds;
#[path = "postgres/connecting.rs"]
mod connecting;
#[path = "postgres/mistakes.rs"]
mod mistakes;
#[path = "postgres/sessions.rs"]
mod sessions;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use expect_test::{Expect, expect};
use tempfile::TempDir;

/// A server that runs as long as its input is open.
struct Server {
    port: String,
    directory: String,
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        Self::start_with(&["--tls"])
    }

    fn start_with(options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres");
        let mut process = Command::new(script)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        let words: Vec<&str> = ready.split_whitespace().collect();
        let ["ready", _, port, _, _, _, directory] = words.as_slice() else {
            panic!(
                "PostgreSQL is needed for these tests and did not start; server/setup --checks installs it"
            );
        };
        Self {
            port: (*port).to_owned(),
            directory: (*directory).to_owned(),
            process,
            output,
        }
    }

    /// Ends it the hard way and starts it again.
    fn restart(&mut self) {
        self.process
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"restart\n")
            .unwrap();
        let mut said = String::new();
        self.output.read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "restarted");
    }
}

/// Its input ends, and it removes what it has written.
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The one that tests share, unless they restart it.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// A project in a schema of its own.
struct Project(TempDir);

impl Project {
    /// Files by path; `target` is added to the profile's target.
    fn new(schema: &str, target: &str, files: &[(&str, &str)]) -> Self {
        Self::on(server(), schema, target, files)
    }

    fn on(server: &Server, schema: &str, target: &str, files: &[(&str, &str)]) -> Self {
        let project = Self(TempDir::new().unwrap());
        let Server {
            port, directory, ..
        } = server;
        let own = ["host", "user", "pass", "port"].map(|key| target.contains(&format!("{key}: ")));
        let defaults = ["host: localhost", "user: dagsmith", "pass: dagsmith"];
        let mut fields: Vec<String> = defaults
            .iter()
            .zip(own)
            .filter(|(_, is_own)| !is_own)
            .map(|(line, _)| (*line).to_owned())
            .collect();
        if !own[3] {
            fields.push(format!("port: {port}"));
        }
        fields.extend(target.lines().map(|line| line.replace("DIR", directory)));
        let profile = format!(
            "p:\n  target: dev\n  outputs:\n    dev:\n      type: postgres\n      dbname: dagsmith\n      schema: {schema}\n      threads: 2\n      {}\n",
            fields.join("\n      ")
        );
        project.write("profiles.yml", &profile);
        project.write("dbt_project.yml", "name: p\nprofile: p\n");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagsmith"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env("DBT_PROFILES_DIR", self.0.path())
            .env("NO_COLOR", "1");
        command
    }

    /// What it prints, without the port and the paths of this run.
    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text)
            .unwrap()
            .replace(&server().port, "PORT")
            .replace(&server().directory, "DIR")
    }

    /// The rows of a query.
    fn rows(&self, sql: &str) -> serde_json::Value {
        let shown = self.run(&["-q", "show", "--output", "json", "--inline", sql]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["show"].clone()
    }

    /// Runs a statement that stays.
    fn execute(&self, sql: &str) {
        self.write(
            "macros/execute.sql",
            "{% macro execute(sql) %}{% do run_query(sql ~ '; commit') %}{% endmacro %}",
        );
        let args = serde_json::json!({ "sql": sql }).to_string();
        let said = self.run(&["-q", "run-operation", "execute", "--args", &args]);
        assert_eq!(said, "");
    }

    fn results(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.0.path().join("target/run_results.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["results"].as_array().unwrap().clone()
    }

    /// What the first node came back with.
    fn message(&self) -> String {
        format!("{}\n", self.results()[0]["message"].as_str().unwrap())
    }

    fn statuses(&self) -> String {
        let results = self.results();
        let mut lines: Vec<String> = results
            .iter()
            .map(|it| {
                let response = &it["adapter_response"]["_message"];
                format!("{} {} {response}\n", it["unique_id"], it["status"])
            })
            .collect();
        lines.sort();
        lines.concat()
    }
}

/// The lines of a failed model that are for people.
fn check_failure(schema: &str, model: &str, expected: &Expect) {
    let project = Project::new(schema, "", &[("models/a.sql", model)]);
    project.run(&["run"]);
    expected.assert_eq(&project.message());
}
