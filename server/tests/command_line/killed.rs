//! Runs that are killed while they talk to the database, and `retry`, which does the rest of them.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use crate::{Project, stdout};

/// Kills a build when it announces its `n`-th statement for a node; whether it got so far.
fn killed_at(project: &Project, n: usize) -> bool {
    let mut child = project
        .command(&["--debug", "build", "--select", "+late"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_statement = |line: &String| {
        ["On model.", "On seed.", "On test."]
            .iter()
            .any(|begin| line.contains(begin))
    };
    let reached = lines
        .map_while(Result::ok)
        .filter(is_statement)
        .nth(n)
        .is_some();
    // On Unix this is SIGKILL; of a process that has ended it is nothing.
    let _ = child.kill();
    child.wait().unwrap();
    reached
}

#[test]
fn retry_finishes_a_run_that_was_killed_anywhere() {
    let mut n_killed = 0;
    loop {
        let project = Project::copied("retry");
        if !killed_at(&project, n_killed) {
            break;
        }
        n_killed += 1;
        let output = project.run(&["retry"]);
        assert!(output.status.success(), "{}", stdout(&output));
        let rows = project.run(&[
            "show",
            "--output",
            "json",
            "--inline",
            "select (select count(*) from main.ids) || ' ' || (select count(*) from main.early) || ' ' || \
             (select count(*) from main.late) as n",
        ]);
        assert!(stdout(&rows).contains("\"2 2 2\""), "{}", stdout(&rows));
        let again = project.run(&["retry"]);
        assert!(
            stdout(&again).contains("Nothing to do"),
            "{}",
            stdout(&again)
        );
    }
    assert!(n_killed > 5, "killed only {n_killed} times");
}

/// A journal as a kill leaves it: `log` had begun to commit.
#[test]
fn retry_tells_of_rows_that_may_come_twice() {
    let project = Project::copied("retry");
    project.write(
        "models/log.sql",
        "{{ config(materialized='incremental') }} select 1 as id",
    );
    let journal = [
        r#"{"args": {"which": "run"}, "selected": ["model.retry.log"]}"#,
        r#"{"unique_id": "model.retry.log", "status": "committing"}"#,
    ];
    project.write("target/dagsmith_run.jsonl", journal.join("\n"));
    let shown = stdout(&project.run(&["retry"]));
    assert!(
        shown.contains("killed while `model.retry.log` committed"),
        "{shown}"
    );
    assert!(shown.contains("PASS=1 WARN=0 ERROR=0"), "{shown}");
}

#[test]
fn retry_repeats_an_operation_that_failed() {
    let project = Project::copied("retry");
    project.write(
        "macros/tidy.sql",
        "{% macro tidy(word) %}{{ print('tidying ' ~ word) }}{% do run_query('select 1 from ' ~ var('place', 'nowhere')) %}{% endmacro %}",
    );
    let first = project.run(&["run-operation", "tidy", "--args", "{word: attic}"]);
    assert_eq!(first.status.code(), Some(1));
    let again = project.run(&["retry"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(stdout(&again).lines().last(), Some("tidying attic"));
    let mended = project.run(&["retry", "--vars", "{place: range(1)}"]);
    assert_eq!(mended.status.code(), Some(0), "{}", stdout(&mended));
    let nothing = project.run(&["retry"]);
    assert_eq!(nothing.status.code(), Some(0));
    assert_eq!(stdout(&nothing), "");
}

#[test]
fn retry_asks_for_secrets_anew() {
    let project = Project::copied("retry");
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command
            .env("DBT_ENV_SECRET_KEY", "sesame")
            .output()
            .unwrap()
    };
    let vars = ["--vars", "{fail: true, key: sesame}"];
    run(&["build", vars[0], vars[1]]);
    let refused = run(&["retry"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("give them again, `dagsmith retry --vars '{...}'`"),
        "{said}"
    );
    let given = run(&["retry", "--vars", "{fail: false, key: sesame}"]);
    assert_eq!(given.status.code(), Some(0), "{}", stdout(&given));
}
