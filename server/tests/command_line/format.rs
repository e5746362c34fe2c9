//! `format`: files are laid out, once, and only those that are asked for; what they render to stays.

use std::{collections::BTreeMap, path::Path};

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

/// Compiled files by path, without their white space.
fn compiled(project: &Project) -> BTreeMap<String, String> {
    fn collect(dir: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
                continue;
            }
            let mut text = std::fs::read_to_string(&path).unwrap();
            text.retain(|c| !c.is_whitespace());
            found.insert(path.display().to_string(), text);
        }
    }
    let output = project.run(&["compile"]);
    assert!(output.status.success(), "{}", stdout(&output));
    let mut found = BTreeMap::new();
    collect(&project.root.join("target/compiled"), &mut found);
    found
}

#[test]
fn a_project_compiles_to_the_same_however_it_is_laid_out() {
    let project = Project::copied("shop");
    assert!(project.run(&["seed", "--quiet"]).status.success());
    let before = compiled(&project);
    project.write(
        ".sqlfluff",
        "[sqlfluff]\nmax_line_length = 40\n[sqlfluff:indentation]\ntab_space_size = 2\n[sqlfluff:layout:type:comma]\nline_position = leading\n",
    );
    let output = stdout(&project.run(&["format"]));
    let summary = output.lines().last().unwrap_or_default();
    let n_formatted: u32 = summary.split(' ').next().unwrap().parse().unwrap();
    assert!(n_formatted > 60, "{summary}");
    for (path, text) in compiled(&project) {
        assert_eq!(before.get(&path), Some(&text), "{path}");
    }
}
