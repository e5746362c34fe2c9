//! Runs that do not reach their end: Ctrl-C, a killed process, a database that somebody else holds.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use crate::{Project, stdout};

/// A project whose model `slow` is a table that never gets ready with the var `wait`; `after` waits for it.
fn slow_project() -> Project {
    let project = Project::copied("ephemeral");
    project.write(
        "models/slow.sql",
        "{{ config(materialized='table') }}
         {% if var('wait', false) %}select count(*) as id from range(100000000) a, range(100000000) b where a.range + b.range < 0
         {% else %}select 42 as id{% endif %}",
    );
    project.write("models/after.sql", "select id from {{ ref('slow') }}");
    project
}

/// A run that goes on. A test that fails does not leave it behind.
struct Running(Child);

impl Running {
    /// Started, and so far that it has printed `mark`.
    fn until(project: &Project, args: &[&str], mark: &str) -> Self {
        let mut command = project.command(args);
        let mut running = Self(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(running.0.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(mark) {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it never began");
        }
        // Somebody has to read on, or it would wait for a reader.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        running
    }

    fn signal(&self, name: &str) {
        // The shell's own: a small Debian has no program of that name.
        let sent = Command::new("sh")
            .args(["-c", "kill \"$0\" \"$1\"", name, &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that has ended this is nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that has begun to make `slow`.
fn begun(project: &Project) -> Running {
    let args = ["run", "--select", "slow+", "--vars", "{wait: true}"];
    Running::until(project, &args, "START sql table model main.slow")
}

/// What the table has.
fn value(project: &Project) -> String {
    let output = project.run(&[
        "show",
        "--output",
        "json",
        "--inline",
        "select id from main.slow",
    ]);
    stdout(&output).split_whitespace().collect()
}

#[test]
fn ctrl_c_interrupts_the_query_and_skips_the_rest() {
    let project = slow_project();
    let first = project.run(&["run", "--select", "slow"]);
    assert_eq!(first.status.code(), Some(0), "{}", stdout(&first));
    let mut running = begun(&project);
    running.signal("-INT");
    assert_eq!(running.exit_code(), Some(130));
    let skipped = |name: &str| (format!("model.ephemeral.{name}"), "skipped".to_owned());
    assert_eq!(project.statuses(), [skipped("slow"), skipped("after")]);
    assert_eq!(value(&project), r#"{"show":[{"id":42}]}"#);
}

#[test]
fn a_killed_run_leaves_the_old_table_whole() {
    let project = slow_project();
    let first = project.run(&["run", "--select", "slow"]);
    assert_eq!(first.status.code(), Some(0), "{}", stdout(&first));
    let mut running = begun(&project);
    running.signal("-KILL");
    running.exit_code();
    assert_eq!(value(&project), r#"{"show":[{"id":42}]}"#);
    let again = project.run(&["run", "--select", "slow+"]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
}

#[test]
fn a_database_in_use_is_named_with_its_holder() {
    let project = slow_project();
    let running = begun(&project);
    let output = project.run(&["run", "--select", "after"]);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("is in use by another process"), "{shown}");
    assert!(
        shown.contains(&format!("(pid {})", running.0.id())),
        "{shown}"
    );
}

#[test]
fn ctrl_c_ends_the_wait_for_a_database_in_use() {
    let project = slow_project();
    let _holder = begun(&project);
    let patience = "path: ephemeral.duckdb\n      retries: {connect_attempts: 30}";
    project.edit("profiles.yml", "path: ephemeral.duckdb", patience);
    let args = ["run", "--select", "after"];
    let mut waiting = Running::until(&project, &args, "Concurrency: 4 threads");
    waiting.signal("-INT");
    assert_eq!(waiting.exit_code(), Some(130));
}

/// A limit on the size of files stands for a disk that is full.
#[test]
fn an_artifact_that_does_not_fit_is_not_kept_in_part() {
    let project = Project::copied("ephemeral");
    let limited = "trap '' XFSZ; ulimit -f 200; exec \"$0\" compile --quiet";
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_dagsmith")])
        .current_dir(&project.root)
        .env("DBT_PROFILES_DIR", &project.root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("manifest.json: File too large"), "{said}");
    assert!(said.contains("see `ulimit -f`, then try again"), "{said}");
    let left: Vec<_> = std::fs::read_dir(project.root.join("target"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("manifest.json"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A project whose first model fails, with hooks that leave a table each.
fn failing_project(hooks: &str) -> Project {
    let project = Project::copied("ephemeral");
    let file = std::fs::read_to_string(project.root.join("dbt_project.yml")).unwrap();
    project.write("dbt_project.yml", format!("{file}\n{hooks}\n"));
    project.write(
        "models/a_failure.sql",
        "{{ config(materialized='table') }} select nope",
    );
    project.write(
        "models/later.sql",
        "-- depends_on: {{ ref('a_failure') }}\nselect 1 as id",
    );
    project
}

#[test]
fn the_last_hooks_run_after_fail_fast() {
    let project = failing_project(
        "on-run-end: create or replace table ended as select {{ results | selectattr('status', 'equalto', 'error') | list | length }} as id",
    );
    let select = ["run", "--select", "a_failure+", "--fail-fast"];
    assert_eq!(project.run(&select).status.code(), Some(1));
    let statuses = project.statuses();
    let (hook, status) = statuses.last().unwrap();
    assert_eq!((hook.rsplit('-').next(), &**status), (Some("0"), "success"));
    let shown = project.run(&[
        "show",
        "--output",
        "json",
        "--inline",
        "select id from main.ended",
    ]);
    assert!(stdout(&shown).contains("\"id\": 1"), "{}", stdout(&shown));
}

/// The database is gone with its last connection: what a failure interrupts must not take it along.
#[test]
fn a_database_in_memory_outlives_fail_fast() {
    let project = slow_project();
    let file = std::fs::read_to_string(project.root.join("dbt_project.yml")).unwrap();
    let hooks = "on-run-start: create table begun as select 1 as id\n\
        on-run-end: [\"create table ended as select count(*) as n from begun, main.solid\", \"select error('rows: ' || n) from ended\"]";
    project.write("dbt_project.yml", format!("{file}\n{hooks}\n"));
    project.write(
        "profiles.yml",
        "ephemeral: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:', threads: 2}}}",
    );
    project.write(
        "models/solid.sql",
        "{{ config(materialized='table') }} select 1 as id",
    );
    project.write(
        "models/broken.sql",
        "{{ config(materialized='table') }} select nope from {{ ref('solid') }}",
    );
    let select = ["solid", "broken", "slow"];
    let args = ["run", "--fail-fast", "--vars", "{wait: true}", "--select"];
    let output = project.run(&[&args[..], &select].concat());
    assert_eq!(output.status.code(), Some(1));
    let results = project.results();
    let result = |name: &str| {
        let id = |it: &&serde_json::Value| it["unique_id"].as_str().unwrap().ends_with(name);
        let found = results.iter().find(id).unwrap();
        (found["status"].clone(), found["message"].to_string())
    };
    assert_eq!(result(".solid").0, "success");
    assert_eq!(result(".broken").0, "error");
    let slow = result(".slow");
    assert_eq!(
        slow,
        (
            "skipped".into(),
            r#""Skipping due to fail_fast""#.to_owned()
        )
    );
    assert_eq!(result("on-run-end-0").0, "success");
    assert!(result("on-run-end-1").1.contains("rows: 1"), "{results:?}");
}

#[test]
fn no_node_runs_after_a_failed_first_hook_where_the_project_wants_that() {
    let project = failing_project(
        "flags: {skip_nodes_if_on_run_start_fails: true}\non-run-start: select nope\non-run-end: select {{ results | length }}",
    );
    assert_eq!(
        project
            .run(&["run", "--select", "a_failure+"])
            .status
            .code(),
        Some(1)
    );
    let statuses = project.statuses();
    let statuses: Vec<&str> = statuses.iter().map(|(_, status)| &**status).collect();
    assert_eq!(statuses, ["error", "skipped", "skipped", "success"]);
}
