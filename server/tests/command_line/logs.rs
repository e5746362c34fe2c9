//! What is told besides the terminal: the log file, the comment of statements; and what is told nowhere, secrets.

use std::path::Path;

use crate::{Project, stdout};

fn log(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_log_has_every_statement_with_dbts_comment() {
    let project = Project::copied("ephemeral");
    project.run(&["build"]);
    let text = log(&project.root.join("logs/dbt.log"));
    assert!(text.contains(r#""profile_name": "ephemeral", "target_name": "dev", "node_id": "model.ephemeral.base"} */"#));
    assert!(text.contains("[info ] [main]: Done. PASS="), "{text}");
}

#[test]
fn the_log_goes_where_it_is_told() {
    let project = Project::copied("ephemeral");
    project.run(&["parse", "--log-path", "elsewhere"]);
    assert!(log(&project.root.join("elsewhere/dbt.log")).contains("Found "));
    assert!(!project.root.join("logs").exists());
}

#[test]
fn the_log_has_as_much_as_it_is_told_and_in_which_form() {
    let project = Project::copied("ephemeral");
    project.run(&[
        "build",
        "--log-level-file",
        "info",
        "--log-format-file",
        "json",
    ]);
    let text = log(&project.root.join("logs/dbt.log"));
    let names = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["info"]["name"].as_str().unwrap().to_owned()
    });
    let names: Vec<String> = names.collect();
    assert!(names.iter().any(|name| name == "NodeFinished"), "{text}");
    // What dagster-dbt waits for.
    let result = text.lines().find(|line| line.contains("LogModelResult"));
    let result: serde_json::Value = serde_json::from_str(result.unwrap()).unwrap();
    assert_eq!(result["data"]["node_info"]["node_status"], "success");
    assert!(result["info"]["invocation_id"].is_string());
    assert!(!names.iter().any(|name| name == "SQLQuery"), "{text}");
    project.run(&["parse", "--log-file-max-bytes", "10"]);
    assert!(project.root.join("logs/dbt.log.1").exists());
}

#[test]
fn the_comment_of_statements_is_the_projects() {
    let project = Project::copied("ephemeral");
    project.edit(
        "dbt_project.yml",
        "profile: ephemeral",
        "profile: ephemeral\nquery-comment: {comment: 'run by {{ target.name }} for {{ node.name }}', append: true}",
    );
    let output = project.run(&["build"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = log(&project.root.join("logs/dbt.log"));
    assert!(text.contains("/* run by dev for base */"), "{text}");
    assert!(!text.contains(r#""app": "dbt""#));
}

#[test]
fn the_project_decides_flags_that_nobody_gives() {
    let project = Project::copied("ephemeral");
    project.edit(
        "dbt_project.yml",
        "profile: ephemeral",
        "profile: ephemeral\nflags: {write_json: false, require_something_new: true, enable_truthy_nulls_equals_macro: true}",
    );
    let target = project.root.join("target/manifest.json");
    project.run(&["parse"]);
    assert!(!target.exists());
    project.run(&["parse", "--write-json"]);
    assert!(target.exists());
    let flags = "{{ flags.WRITE_JSON }} {{ flags.REQUIRE_SOMETHING_NEW }} \
                 {{ 'on' if adapter.behavior.enable_truthy_nulls_equals_macro }} \
                 {{ 'on' if adapter.behavior.require_batched_execution_for_custom_microbatch_strategy else 'off' }}";
    let output = project.run(&["compile", "--quiet", "--inline", flags]);
    assert_eq!(stdout(&output).trim(), "False True on off");
}

#[test]
fn secrets_show_nowhere() {
    let project = Project::copied("ephemeral");
    project.write("models/telling.sql", "select 'hunter2' as id, nope");
    let output = project
        .command(&["run", "--debug", "--select", "telling"])
        .env("DBT_ENV_SECRET_PASSWORD", "hunter2")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let files = [
        "logs/dbt.log",
        "target/run_results.json",
        "target/manifest.json",
    ];
    let told: Vec<String> = files
        .iter()
        .map(|path| log(&project.root.join(path)))
        .chain([stdout(&output)])
        .chain([String::from_utf8_lossy(&output.stderr).into_owned()])
        .collect();
    for text in &told {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(told[0].contains("'*****' as id"));
}

#[test]
fn debug_tells_where_profiles_are_and_can_check_the_connection_alone() {
    let project = Project::copied("ephemeral");
    let folder = stdout(&project.run(&["debug", "--config-dir"]));
    assert!(
        folder.contains(&project.root.display().to_string()),
        "{folder}"
    );
    let connection = stdout(&project.run(&["debug", "--connection"]));
    assert!(
        connection.starts_with("connection test: [OK"),
        "{connection}"
    );
}

#[test]
fn deprecations_are_told_once_counted_and_silenced() {
    let project = Project::copied("deprecations");
    let parse = |more: &[&str]| {
        let args = [&["parse", "--no-partial-parse"], more].concat();
        stdout(&project.run(&args))
    };
    let told = parse(&[]);
    let mentioned = |text: &str| told.matches(text).count();
    assert_eq!(
        mentioned("[UnexpectedJinjaBlockDeprecation]: "),
        1,
        "{told}"
    );
    assert_eq!(
        mentioned("- UnexpectedJinjaBlockDeprecation: 3 occurrences"),
        1,
        "{told}"
    );
    let all = parse(&["--show-all-deprecations"]);
    assert_eq!(
        all.matches("[UnexpectedJinjaBlockDeprecation]: ").count(),
        3,
        "{all}"
    );
    let silent = parse(&["--warn-error-options", "{silence: [Deprecations]}"]);
    assert!(!silent.contains("Deprecat"), "{silent}");
}
