//! The binary on copies of the test projects: exit codes, artifacts and what people read.

#![expect(
    clippy::disallowed_methods,
    reason = "tests of a binary prepare the disk and start it"
)]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[path = "command_line/adapters.rs"]
mod adapters;
#[path = "command_line/bad_input.rs"]
mod bad_input;
#[path = "command_line/check.rs"]
mod check;
#[cfg(unix)]
#[path = "command_line/ends.rs"]
mod ends;
#[path = "command_line/flags.rs"]
mod flags;
#[path = "command_line/format.rs"]
mod format;
#[path = "command_line/killed.rs"]
mod killed;
#[path = "command_line/lineage.rs"]
mod lineage;
#[path = "command_line/lint.rs"]
mod lint;
#[path = "command_line/logs.rs"]
mod logs;
#[path = "command_line/metrics.rs"]
mod metrics;
#[path = "command_line/python_models.rs"]
mod python_models;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

struct Project {
    _dir: TempDir,
    root: PathBuf,
}

impl Project {
    fn copied(name: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("project");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../testdata/projects")
                .join(name),
            &root,
        );
        Self { _dir: dir, root }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagsmith"));
        command
            .args(args)
            .current_dir(&self.root)
            .env("DBT_PROFILES_DIR", &self.root);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a piece of a file.
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.root.join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, text.replace(from, to));
    }

    fn results(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.root.join("target/run_results.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["results"].as_array().unwrap().clone()
    }

    fn statuses(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        self.results()
            .iter()
            .map(|it| (text(&it["unique_id"]), text(&it["status"])))
            .collect()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn builds_ephemeral_models_into_their_readers() {
    let project = Project::copied("ephemeral");
    let output = project.run(&["build"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("Completed successfully"));
    assert!(
        project
            .statuses()
            .iter()
            .all(|(_, status)| status == "success" || status == "pass")
    );
    let manifest = std::fs::read_to_string(project.root.join("target/manifest.json")).unwrap();
    assert!(manifest.contains("__dbt__cte__"));
}

#[test]
fn a_second_build_of_incremental_models_adds_to_the_first() {
    let project = Project::copied("incremental");
    // One model has a strategy that no warehouse here knows.
    let command = ["build", "--exclude", "overwritten"];
    let count = [
        "show",
        "--quiet",
        "--inline",
        "select 'rows: ' || count(*) as n from {{ ref('appended') }}",
    ];
    let mut counts = Vec::new();
    for _ in 0..2 {
        let built = project.run(&command);
        assert_eq!(built.status.code(), Some(0), "{}", stdout(&built));
        let shown = stdout(&project.run(&count));
        let (_, rest) = shown.split_once("rows: ").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        counts.push(digits.parse::<u32>().unwrap());
    }
    assert!(counts[0] > 0 && counts[1] > counts[0], "{counts:?}");
}

#[test]
fn a_failure_skips_what_lies_below_and_is_exit_code_1() {
    let project = Project::copied("ephemeral");
    std::fs::write(
        project.root.join("models/broken.sql"),
        "select nope from (select 1 as id)\n",
    )
    .unwrap();
    std::fs::write(
        project.root.join("models/below.sql"),
        "select * from {{ ref('broken') }}\n",
    )
    .unwrap();
    let output = project.run(&["run", "--select", "broken+"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(shown.contains("models/broken.sql:1:8"), "{shown}");
    let statuses: Vec<String> = project
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, ["error", "skipped"]);
}

#[test]
fn an_unknown_reference_stops_before_anything_runs() {
    let project = Project::copied("ephemeral");
    std::fs::write(
        project.root.join("models/broken.sql"),
        "select * from {{ ref('nothing_like_it') }}\n",
    )
    .unwrap();
    let output = project.run(&["build"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing_like_it"));
    assert!(!project.root.join("target/run_results.json").exists());
}

#[test]
fn hooks_are_compiled_into_files_of_their_own() {
    let project = Project::copied("hooks");
    let output = project.run(&["compile", "--select", "m1_plain", "tag:on-run-start"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let hooks = project
        .root
        .join("target/compiled/hooks/dbt_project.yml/hooks");
    let sql = std::fs::read_to_string(hooks.join("hooks-on-run-start-2.sql")).unwrap();
    assert!(sql.contains("run start"), "{sql}");
}

#[test]
fn what_does_not_compile_is_exit_code_2_and_all_of_it_is_shown() {
    let project = Project::copied("broken_sql");
    let output = project.run(&["compile"]);
    assert_eq!(output.status.code(), Some(2));
    let shown = stdout(&output);
    assert!(shown.contains("this model refuses to compile"), "{shown}");
    assert!(shown.contains("ref_in_a_branch"), "{shown}");
}

/// An indexed table is replaced while other models look for their own indexes.
#[test]
fn models_change_their_kind_while_others_are_built() {
    let project = Project::copied("materializations");
    for _ in 0..3 {
        for kind in ["table", "view", "incremental"] {
            let output = project.run(&["build", "--vars", &format!("{{kind: {kind}}}")]);
            assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        }
    }
}

#[test]
fn mistakes_of_a_whole_project_are_refused_before_anything_runs() {
    let project = Project::copied("faults");
    for (fault, said) in [
        ("private_model", "private to the 'closed' group"),
        ("same_relation", "makes the relation `main.fine`"),
        ("unknown_doc", "documentation block `no_such_doc` not found"),
        (
            "unknown_group",
            "group `no_such_group` is not declared; there is: closed",
        ),
        (
            "unknown_macro_inside",
            "`nobody_wrote_this_one` is undefined",
        ),
        ("wrong_severity", "not `loud`"),
    ] {
        let output = project.run(&["parse", "--vars", &format!("{{fault: {fault}}}")]);
        let shown = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{fault}: {shown}");
        assert!(shown.contains(said), "{fault}: {shown}");
    }
}

#[test]
fn a_test_of_a_model_that_does_not_exist_is_left_out_with_a_warning() {
    let project = Project::copied("ephemeral");
    std::fs::write(
        project.root.join("models/more.yml"),
        "models: [{name: plain_reader, data_tests: [{relationships: {arguments: {to: ref('gone'), field: id, column_name: id}}}]}]\n",
    )
    .unwrap();
    let output = project.run(&["build"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let shown = stdout(&output);
    assert!(
        shown.contains("model `gone` not found") && shown.contains("the test is left out"),
        "{shown}"
    );
    assert!(!project.statuses().iter().any(|(id, _)| id.contains("gone")));
    let strict = project.run(&["build", "--warn-error"]);
    assert_eq!(strict.status.code(), Some(2));
}

/// Packages tell relations from text by `is mapping` and `metadata`.
#[test]
fn a_relation_is_a_mapping() {
    let project = Project::copied("ephemeral");
    let sql = "{% set r = api.Relation.create(schema='main', identifier='x') %}\
               select {{ r is mapping }} as a, {{ 'x' is mapping }} as b, \
               {{ r.get('metadata', {}).get('type', '').endswith('Relation') }} as c, {{ r.can_be_renamed }} as d";
    let output = project.run(&["compile", "--quiet", "--inline", sql]);
    assert_eq!(
        stdout(&output).trim(),
        "select True as a, False as b, True as c, False as d"
    );
}

#[test]
fn seeds_are_shown_from_their_files() {
    let project = Project::copied("unit_tests");
    let shown = stdout(&project.run(&["seed", "--show"]));
    assert!(shown.contains("Sample of table: main.payments"), "{shown}");
    let output = project.run(&["show", "--select", "payments"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("Previewing node 'payments'"));
}

#[test]
fn without_a_project_it_says_where_it_looked() {
    let dir = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dagsmith"))
        .arg("build")
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no dbt_project.yml found"));
}

#[test]
fn cleans_what_is_made_but_not_by_a_project_file_with_errors() {
    let project = Project::copied("ephemeral");
    project.write("target/a.txt", "");
    project.write(
        "dbt_project.yml",
        "name: ephemeral\nclean-targets: [target\n",
    );
    let refused = project.run(&["clean"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("dbt_project.yml:"), "{message}");
    assert!(project.root.join("target/a.txt").exists());

    project.write(
        "dbt_project.yml",
        "name: ephemeral\nprofile: ephemeral\nclean-targets: [target]\n",
    );
    assert_eq!(project.run(&["clean"]).status.code(), Some(0));
    assert!(!project.root.join("target").exists());
}

#[test]
fn shows_rows_of_a_query() {
    let project = Project::copied("ephemeral");
    let output = project.run(&[
        "show",
        "--inline",
        "select 1 as id, 12.50 as price",
        "--output",
        "json",
    ]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["show"][0]["id"], 1);
}
