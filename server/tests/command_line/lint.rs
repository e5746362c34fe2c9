//! `lint`: findings in the forms of `check`, and their fixes.

use crate::{Project, stdout};

fn project() -> Project {
    let project = Project::copied("ephemeral");
    project.write(
        "models/unions.sql",
        "select 1 as id\nunion\nselect 2 as id\n",
    );
    project.write(
        "models/old/old_unions.sql",
        "select 1 as id\nunion\nselect 2 as id\n",
    );
    project.write(".sqlfluffignore", "models/old/\n");
    project
}

#[test]
fn findings_have_their_place_and_fail() {
    let project = project();
    let output = project.run(&["lint", "models"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(
        shown.contains("models/unions.sql:2:1: warning[AM02]: `union` says"),
        "{shown}"
    );
    assert!(!shown.contains("old"), "{shown}");
    let sarif = project.run(&["lint", "--select", "unions", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap_or_default();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["name"]),
        (&"AM02".into(), &"ambiguous.union".into())
    );
}

#[test]
fn fixes_are_written_and_rules_chosen() {
    let project = project();
    let fixed = project.run(&["lint", "--fix"]);
    assert!(fixed.status.success(), "{}", stdout(&fixed));
    let text = std::fs::read_to_string(project.root.join("models/unions.sql")).unwrap();
    assert_eq!(text, "select 1 as id\nunion distinct\nselect 2 as id\n");
    project.write(
        ".sqlfluff",
        "[sqlfluff]\nrules = LT05\nmax_line_length = 10\n",
    );
    let long = project.run(&["lint", "models/unions.sql", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&long.stdout).unwrap();
    assert_eq!(found[0]["code"], "LT05");
}
