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

/// A run that has begun to make `slow`.
fn begun(project: &Project) -> Child {
    let mut child = project
        .command(&["run", "--select", "slow+", "--vars", "{wait: true}"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("START sql table model main.slow") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it never began");
    }
    // Somebody has to read on, or it would wait for a reader.
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    child
}

fn signal(child: &Child, name: &str) {
    // The shell's own: a small Debian has no program of that name.
    let sent = Command::new("sh")
        .args(["-c", "kill \"$0\" \"$1\"", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
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
    let mut child = begun(&project);
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let skipped = |name: &str| (format!("model.ephemeral.{name}"), "skipped".to_owned());
    assert_eq!(project.statuses(), [skipped("slow"), skipped("after")]);
    assert_eq!(value(&project), r#"{"show":[{"id":42}]}"#);
}

#[test]
fn a_killed_run_leaves_the_old_table_whole() {
    let project = slow_project();
    let first = project.run(&["run", "--select", "slow"]);
    assert_eq!(first.status.code(), Some(0), "{}", stdout(&first));
    let mut child = begun(&project);
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert_eq!(value(&project), r#"{"show":[{"id":42}]}"#);
    let again = project.run(&["run", "--select", "slow+"]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
}

#[test]
fn a_database_in_use_is_named_with_its_holder() {
    let project = slow_project();
    let mut child = begun(&project);
    let output = project.run(&["run", "--select", "after"]);
    let shown = String::from_utf8_lossy(&output.stderr);
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("is in use by another process"), "{shown}");
    assert!(shown.contains(&format!("(pid {})", child.id())), "{shown}");
}
