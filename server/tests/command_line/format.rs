//! `format`: files are laid out, once, and only those that are asked for.

use crate::{Project, stdout};

fn project() -> Project {
    let project = Project::copied("ephemeral");
    project.write("models/untidy.sql", "select  1 as id,\r\n2 as x\r\n");
    project.write("models/broken.sql", "select (1");
    project
}

#[test]
fn files_are_formatted_once() {
    let project = project();
    assert!(project.run(&["format", "models"]).status.success());
    let text = std::fs::read_to_string(project.root.join("models/untidy.sql")).unwrap();
    assert_eq!(text, "select\r\n    1 as id,\r\n    2 as x\r\n");
    let again = project.run(&["format", "--check"]);
    assert!(again.status.success(), "{}", stdout(&again));
    assert!(
        stdout(&again).starts_with("0 files of"),
        "{}",
        stdout(&again)
    );
    let errors = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(
        errors.trim_end(),
        "models/broken.sql:1:8: left as it is: `(` has no counterpart"
    );
}

#[test]
fn a_selection_and_paths_narrow_what_is_formatted() {
    let project = project();
    std::fs::remove_file(project.root.join("models/broken.sql")).unwrap();
    let of_all = project.run(&["format", "--check"]);
    assert_eq!(of_all.status.code(), Some(1));
    let selected = project.run(&["format", "--diff", "--select", "untidy"]);
    assert!(selected.status.success());
    assert!(
        stdout(&selected).starts_with("--- a/models/untidy.sql\n+++ b/models/untidy.sql\n"),
        "{}",
        stdout(&selected)
    );
    let path = project.run(&["format", "--check", "models/untidy.sql"]);
    assert_eq!(
        stdout(&path),
        "would format models/untidy.sql\n1 file of 1 would be formatted\n"
    );
    let nothing = project.run(&["format", "nowhere"]);
    assert_eq!(nothing.status.code(), Some(2));
}
