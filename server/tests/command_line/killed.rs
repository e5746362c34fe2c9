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
