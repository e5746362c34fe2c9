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

fn check_debug(target: &str, expected: &Expect) {
    let project = Project::new("debug", target, &[]);
    expected.assert_eq(&project.run(&["debug", "--connection"]));
}

/// The lines of a failed model that are for people.
fn check_failure(schema: &str, model: &str, expected: &Expect) {
    let project = Project::new(schema, "", &[("models/a.sql", model)]);
    project.run(&["run"]);
    expected.assert_eq(&project.message());
}

const MODELS: [(&str, &str); 5] = [
    (
        "models/base.sql",
        "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name'], 'type': 'hash'}]) }}\nselect 1 as id, 'a' as name",
    ),
    ("models/seen.sql", "select * from {{ ref('base') }}"),
    (
        "models/kept.sql",
        "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}\nselect id, name from {{ ref('base') }}",
    ),
    (
        "models/fresh.sql",
        "{{ config(materialized='materialized_view', indexes=[{'columns': ['id']}]) }}\nselect id from {{ ref('base') }}",
    ),
    (
        "models/_.yml",
        "models:\n  - name: base\n    description: it's one\n    config: {persist_docs: {relation: true, columns: true}}\n    columns: [{name: id, description: the key, data_tests: [unique, not_null]}]\n",
    ),
];

#[test]
fn builds_and_builds_again() {
    let project = Project::new("builds", "", &MODELS);
    project.run(&["build"]);
    expect![[r#"
        "model.p.base" "success" "SELECT 1"
        "model.p.fresh" "success" "CREATE INDEX"
        "model.p.kept" "success" "SELECT 1"
        "model.p.seen" "success" "CREATE VIEW"
        "test.p.not_null_base_id.910041d42f" "pass" "SELECT 1"
        "test.p.unique_base_id.c59834fb40" "pass" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
    // The views went with the table that they read, and come again.
    project.run(&["build"]);
    expect![[r#"
        "model.p.base" "success" "SELECT 1"
        "model.p.fresh" "success" "CREATE INDEX"
        "model.p.kept" "success" "MERGE 1"
        "model.p.seen" "success" "CREATE VIEW"
        "test.p.not_null_base_id.910041d42f" "pass" "SELECT 1"
        "test.p.unique_base_id.c59834fb40" "pass" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
}

#[test]
fn a_mistake_is_shown_where_the_server_says() {
    check_failure(
        "mistakes",
        "select\n    nmae as name\nfrom (select 'a' as name) as t",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              column "nmae" does not exist
              LINE 6:     nmae as name
                          ^
              HINT:  Perhaps you meant to reference the column "t.name".
        "#]],
    );
}

#[test]
fn a_session_that_the_server_ends_says_so() {
    check_failure(
        "ended",
        "{{ config(materialized='table') }}\nselect pg_terminate_backend(pg_backend_pid()) as gone",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              terminating connection due to administrator command
              The server is being shut down or the session was ended by an administrator; what the node had not committed is undone. Run the nodes that failed again once it is up
        "#]],
    );
}

#[test]
fn a_statement_that_somebody_cancels_says_so() {
    check_failure(
        "cancelled_by_hand",
        "{{ config(materialized='table') }}\nselect pg_cancel_backend(pg_backend_pid())::text || pg_sleep(60)::text as gone",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              canceling statement due to user request
              Somebody cancelled the statement on the server (pg_cancel_backend); run the node again
        "#]],
    );
}

#[test]
fn a_statement_that_the_server_cancels_says_so() {
    check_failure(
        "cancelled",
        "{{ config(materialized='table', pre_hook='set local statement_timeout = 1') }}\nselect pg_sleep(60)::text as slept",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              canceling statement due to statement timeout
              The server's `statement_timeout` ended the statement: make the model cheaper, or raise the limit for the role or in a pre-hook
        "#]],
    );
}

#[test]
fn what_comes_after_a_lost_session_has_a_new_one() {
    let project = Project::new(
        "after",
        "",
        &[
            (
                "models/a.sql",
                "{{ config(materialized='table') }}\nselect pg_terminate_backend(pg_backend_pid()) as gone",
            ),
            ("models/b.sql", "select 1 as id"),
        ],
    );
    project.run(&["run", "--threads", "1"]);
    expect![[r#"
        "model.p.a" "error" null
        "model.p.b" "success" "CREATE VIEW"
    "#]]
    .assert_eq(&project.statuses());
}

/// A node after one whose hooks left something in their session, on the same worker.
#[test]
fn what_hooks_leave_in_a_session_is_not_seen_by_the_next_node() {
    let project = Project::new(
        "leaks",
        "role: dagsmith\nsearch_path: leaks",
        &[
            (
                "macros/hooks.sql",
                "{% macro outside(sql) %}{{ return({'sql': sql, 'transaction': false}) }}{% endmacro %}",
            ),
            (
                "models/a.sql",
                r#"{{ config(materialized='table', post_hook=[
                    outside("set statement_timeout = '1h'"),
                    outside("set search_path = elsewhere"),
                    outside("set shop.day = 'monday'"),
                    outside("set role pg_monitor"),
                    outside("create temporary table kept as select 1 as id"),
                    outside("select pg_advisory_lock(7)"),
                    outside("commit; begin"),
                ]) }} select 1 as id"#,
            ),
            (
                "models/b.sql",
                "{{ config(materialized='table', post_hook=[outside('start transaction; lock table b')]) }} select 1 as id",
            ),
            (
                "models/c.sql",
                r"{{ config(materialized='table') }}
                select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
                    current_setting('shop.day', true) is null as no_day, current_user::text as who,
                    to_regclass('kept')::text as kept,
                    (select count(*) from pg_locks where locktype = 'advisory' or relation = to_regclass('b') and mode = 'AccessExclusiveLock') as locks
                from {{ ref('a') }} cross join {{ ref('b') }}",
            ),
        ],
    );
    project.run(&["run", "--threads", "1"]);
    expect![[r#"
        Previewing inline node:
        | timeout | path  | no_day | who      | kept | locks |
        |---------|-------|--------|----------|------|-------|
        | 0       | leaks | True   | dagsmith |      | 0     |
    "#]]
    .assert_eq(&project.run(&[
        "--quiet",
        "show",
        "--inline",
        "select * from {{ ref('c') }}",
    ]));
}

#[test]
fn connects_over_tcp_and_over_a_socket() {
    let works = expect![[r"
        connection test: [OK connection ok]

        All checks passed!
    "]];
    check_debug("", &works);
    check_debug("host: DIR", &works);
    check_debug("sslmode: disable", &works);
    check_debug("sslmode: verify-full\nsslrootcert: DIR/ca.crt", &works);
}

#[test]
fn a_connection_that_is_refused_says_what_to_check() {
    check_debug(
        "pass: wrong",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "localhost", port PORT failed: FATAL:  password authentication failed for user "dagsmith"; check `user` and `password` of the profile, and the environment variables that they come from]
    "#]],
    );
    check_debug(
        "user: nobody_known\nretries: 0",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "localhost", port PORT failed: FATAL:  password authentication failed for user "nobody_known"; check `user` and `password` of the profile, and the environment variables that they come from]
    "#]],
    );
    check_debug(
        "port: 1\nretries: 0\nhost: 127.0.0.1",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "127.0.0.1" (127.0.0.1), port 1 failed: Connection refused
          Is the server running on that host and accepting TCP/IP connections? Check `host` and `port` of the profile]
    "#]],
    );
    check_debug(
        "sslmode: verify-ca",
        &expect![[r#"
        connection test: [ERROR could not connect: `sslmode` asks to verify the server, and there is no root certificate: name its file with `sslrootcert`, or put it at ~/.postgresql/root.crt]
    "#]],
    );
    check_debug(
        "sslmode: verify-full\nsslrootcert: DIR/client.crt",
        &expect![[r#"
            connection test: [ERROR could not connect: no encrypted connection to the server at "localhost", port PORT: invalid peer certificate: UnknownIssuer; see `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the profile]
        "#]],
    );
    check_debug(
        "role: nobody_known",
        &expect![[r#"
        connection test: [ERROR could not connect: `role` of the profile: role "nobody_known" does not exist]
    "#]],
    );
}

/// Whether a session is encrypted, or why there is none.
fn check_tls(server: &Server, target: &str, expected: &str) {
    let project = Project::on(server, "tls", &format!("retries: 0\n{target}"), &[]);
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let said = project.run(&["-q", "show", "--output", "json", "--inline", sql]);
    let found = match serde_json::from_str::<serde_json::Value>(&said) {
        Ok(shown) if shown["show"][0]["ssl"] == true => "encrypted",
        Ok(_) => "plain",
        Err(_) => &said,
    };
    assert!(found.contains(expected), "{target}: {found}");
}

/// What psql says in each case, which has libpq.
#[test]
fn tls_is_what_the_mode_says() {
    let project = Project::new("tls", "", &[]);
    project.execute("create role secret login password 'dagsmith'; create role certified login");
    for (target, expected) in [
        ("sslmode: disable", "plain"),
        ("sslmode: allow", "plain"),
        ("sslmode: prefer", "encrypted"),
        ("sslmode: require", "encrypted"),
        ("sslmode: verify-ca\nsslrootcert: DIR/ca.crt", "encrypted"),
        ("sslmode: verify-full\nsslrootcert: DIR/ca.crt", "encrypted"),
        // The certificate is for `localhost`.
        (
            "host: 127.0.0.1\nsslmode: verify-ca\nsslrootcert: DIR/ca.crt",
            "encrypted",
        ),
        (
            "host: 127.0.0.1\nsslmode: verify-full\nsslrootcert: DIR/ca.crt",
            "not valid for name",
        ),
        // Another root than the server's.
        ("sslmode: prefer\nsslrootcert: DIR/client.crt", "plain"),
        (
            "sslmode: require\nsslrootcert: DIR/client.crt",
            "UnknownIssuer",
        ),
        (
            "sslmode: verify-ca\nsslrootcert: DIR/client.crt",
            "UnknownIssuer",
        ),
        // One whom the server lets in only with encryption.
        ("user: secret\nsslmode: disable", "no encryption"),
        ("user: secret\nsslmode: allow", "encrypted"),
        ("user: secret\nsslmode: prefer", "encrypted"),
        // One who has to show a certificate.
        (
            "user: certified\nsslmode: require",
            "requires a valid client certificate",
        ),
        (
            "user: certified\nsslmode: require\nsslcert: DIR/client.crt\nsslkey: DIR/client.key",
            "encrypted",
        ),
    ] {
        check_tls(server(), target, expected);
    }
}

#[test]
fn a_server_without_tls_is_used_as_it_is_unless_the_mode_asks_for_it() {
    let server = Server::start_with(&[]);
    for mode in ["disable", "allow", "prefer"] {
        check_tls(&server, &format!("sslmode: {mode}"), "plain");
    }
    let refused = "does not encrypt connections, which `sslmode` asks for";
    check_tls(&server, "sslmode: require", refused);
    check_tls(&server, "sslmode: verify-full", refused);
}

#[test]
fn sessions_are_as_the_profile_says() {
    let project = Project::new(
        "settings",
        "search_path: one, two\napplication_name: shop",
        &[],
    );
    let sql = "select current_setting('search_path') as path, current_setting('application_name') as name, 1.50 as price";
    expect![[r#"
        Previewing inline node:
        | path     | name | price |
        |----------|------|-------|
        | one, two | shop | 1.50  |
    "#]]
    .assert_eq(&project.run(&["--quiet", "show", "--inline", sql]));
}

/// A run whose query the server is working on. A test that fails does not leave it behind.
struct Running(Child);

impl Running {
    fn of(project: &Project, name: &str) -> Self {
        project.write(
            "models/slow.sql",
            "{{ config(materialized='table') }} select {% if var('wait', true) %}pg_sleep(600)::text{% else %}'awake'{% endif %} as slept",
        );
        let running = Self(project.command(&["-q", "run"]).spawn().unwrap());
        // Every question takes the server a while.
        while n_active(project, name) == 0 {}
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that has ended this is nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many statements of an application are running, without the one that asks.
fn n_active(project: &Project, name: &str) -> i64 {
    let sql = format!(
        "select count(*) as n from pg_stat_activity where application_name = '{name}' and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
    );
    project.rows(&sql)[0]["n"].as_i64().unwrap()
}

#[test]
fn a_server_that_is_restarted_ends_the_node_and_retry_does_it_again() {
    let mut server = Server::start();
    let project = Project::on(&server, "restarted", "application_name: restarted", &[]);
    let mut running = Running::of(&project, "restarted");
    server.restart();
    assert_eq!(running.0.wait().unwrap().code(), Some(1));
    let message = project.message();
    // Why the connection ended is said in many ways.
    assert!(
        message.contains("server closed the connection unexpectedly"),
        "{message}"
    );
    assert!(
        message.contains("then run the nodes that failed again"),
        "{message}"
    );
    project.run(&["retry", "--vars", "{wait: false}"]);
    expect![[r#"
        "model.p.slow" "success" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_what_the_server_is_doing() {
    let project = Project::new("stopped", "application_name: stopped", &[]);
    let mut running = Running::of(&project, "stopped");
    let sent = Command::new("sh")
        .args(["-c", "kill -INT \"$0\"", &running.0.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(130));
    assert_eq!(n_active(&project, "stopped"), 0);
}

#[test]
fn grants_are_what_the_model_says_now() {
    let model = |roles: &str| {
        format!(
            "{{{{ config(materialized='table', grants={{'select': {roles}}}) }}}} select 1 as id"
        )
    };
    let project = Project::new(
        "granted",
        "",
        &[("models/a.sql", &model("['reader_a', 'reader_b']"))],
    );
    project.execute("create role reader_a; create role reader_b");
    let granted = || {
        let rows = project.rows(
            "select grantee from information_schema.role_table_grants where table_schema = 'granted' and grantee <> 'dagsmith' order by 1",
        );
        rows.to_string()
    };
    project.run(&["run"]);
    assert_eq!(
        granted(),
        r#"[{"grantee":"reader_a"},{"grantee":"reader_b"}]"#
    );
    project.write("models/a.sql", &model("['reader_b']"));
    project.run(&["run"]);
    assert_eq!(granted(), r#"[{"grantee":"reader_b"}]"#);
}

#[test]
fn a_role_that_is_not_there_is_named_when_it_is_granted_something() {
    check_failure(
        "granted_to_nobody",
        "{{ config(materialized='table', grants={'select': ['nobody_known']}) }} select 1 as id",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              role "nobody_known" does not exist
              Create the role on the server, or change `grants` of the node or `role` of the profile
        "#]],
    );
}

#[test]
fn snapshots_keep_what_was() {
    let project = Project::new(
        "kept_rows",
        "",
        &[
            (
                "models/base.sql",
                "{{ config(materialized='table') }} select 1 as id, '{{ var(\"name\") }}' as name",
            ),
            (
                "snapshots/_.yml",
                "snapshots:\n  - name: history\n    relation: ref('base')\n    config: {unique_key: id, strategy: check, check_cols: [name]}\n",
            ),
        ],
    );
    for name in ["ann", "ann", "bea"] {
        project.run(&["build", "--vars", &format!("{{name: {name}}}")]);
    }
    let rows = project.rows("select name, dbt_valid_to is null as is_now from {{ ref('history') }} order by dbt_valid_from");
    assert_eq!(
        rows.to_string(),
        r#"[{"name":"ann","is_now":false},{"name":"bea","is_now":true}]"#
    );
}

#[test]
fn unlogged_tables_belong_to_the_role_of_the_profile() {
    let project = Project::new(
        "unlogged",
        "",
        &[(
            "models/a.sql",
            "{{ config(materialized='table', unlogged=true) }} select 1 as id",
        )],
    );
    project.execute("create role builder; grant create on database dagsmith to builder");
    let profile = std::fs::read_to_string(project.0.path().join("profiles.yml")).unwrap();
    project.write("profiles.yml", &format!("{profile}\n      role: builder\n"));
    project.run(&["run"]);
    let rows = project.rows(
        "select relpersistence::text as kind, pg_get_userbyid(relowner) as owner from pg_class where oid = 'unlogged.a'::regclass",
    );
    assert_eq!(rows.to_string(), r#"[{"kind":"u","owner":"builder"}]"#);
}

#[test]
fn a_name_that_is_too_long_is_refused() {
    let name = "n".repeat(64);
    let project = Project::new(
        "long_names",
        "",
        &[(&format!("models/{name}.sql"), "select 1 as id")],
    );
    project.run(&["run"]);
    expect![[r#"
        Runtime Error in model nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn (models/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.sql)
          Relation name 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' is longer than 63 characters; give the node a shorter `alias`
    "#]].assert_eq(&project.message());
    let longest = "n".repeat(63);
    let project = Project::new(
        "long_names",
        "",
        &[(&format!("models/{longest}.sql"), "select 1 as id")],
    );
    project.run(&["run"]);
    project.run(&["run"]);
    expect![[r#"
        CREATE VIEW
    "#]]
    .assert_eq(&project.message());
}
