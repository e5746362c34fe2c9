//! `check`: what an editor would show, on the terminal and for programs.

use crate::{Project, stdout};

#[test]
fn a_project_with_errors_fails_and_names_their_places() {
    let project = Project::copied("broken_refs");
    let output = project.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(shown.contains("error[unknown-ref]"), "{shown}");
    let sarif = project.run(&["check", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "unknown-ref");
}

#[test]
fn a_project_without_errors_passes() {
    let project = Project::copied("ephemeral");
    let output = project.run(&["check"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(
        stdout(&output).ends_with("0 errors, 0 warnings\n"),
        "{}",
        stdout(&output)
    );
}
