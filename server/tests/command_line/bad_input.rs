//! What people get wrong: each ends with a clear message, at the right place, and soon.

use crate::{Project, stdout};

/// The exit code is 2, and standard error has all of this.
fn check(project: &Project, args: &[&str], said: &[&str]) {
    let output = project.run(args);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{shown}{}", stdout(&output));
    for text in said {
        assert!(shown.contains(text), "`{text}` is not in: {shown}");
    }
}

#[test]
fn an_unknown_profile_is_named_with_those_that_exist() {
    let project = Project::copied("ephemeral");
    project.edit("dbt_project.yml", "profile: ephemeral", "profile: nope");
    check(
        &project,
        &["build"],
        &["profile `nope` not found", "the file has ephemeral"],
    );
}

#[test]
fn an_unknown_adapter_is_named_with_those_that_work() {
    let project = Project::copied("ephemeral");
    project.edit("profiles.yml", "type: duckdb", "type: oracle9");
    check(
        &project,
        &["build"],
        &["adapter `oracle9` is not supported", "duckdb"],
    );
}

#[test]
fn files_that_are_no_text_are_named() {
    let project = Project::copied("ephemeral");
    project.write("models/binary.sql", b"select 1 as id, \0\xff\xfe");
    project.write("models/large.sql", vec![b'-'; 50 << 20]);
    check(
        &project,
        &["build"],
        &[
            "models/binary.sql: the file is not UTF-8 text: byte 17 is wrong",
            "models/large.sql: the file has 50 MB and is not read",
        ],
    );
}

#[test]
fn templates_without_end_are_stopped() {
    let project = Project::copied("ephemeral");
    project.write(
        "macros/endless.sql",
        "{% macro again() %}{{ again() }}{% endmacro %}
         {% macro forever() %}{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{% endmacro %}",
    );
    for (name, text, said) in [
        (
            "again",
            "{{ again() }}",
            "does `again` call itself without end?",
        ),
        ("forever", "{{ forever() }}", "is there a loop without end"),
        (
            "gigabyte",
            "{% for i in range(20000) %}{{ 'x' * 50000 }}{% endfor %}",
            "a text without measure",
        ),
    ] {
        let path = format!("models/{name}.sql");
        project.write(&path, text);
        check(&project, &["parse"], &[&path, said]);
        std::fs::remove_file(project.root.join(path)).unwrap();
    }
}

#[test]
fn artifacts_that_cannot_be_written_are_named_whichever_command_writes_them() {
    let project = Project::copied("ephemeral");
    let manifest = project.root.join("target/manifest.json");
    std::fs::create_dir_all(&manifest).unwrap();
    for command in [&["compile"][..], &["docs", "generate"]] {
        check(
            &project,
            command,
            &["could not write artifacts", "target/manifest.json"],
        );
    }
}

#[test]
fn a_profile_without_its_variable_names_it() {
    let project = Project::copied("ephemeral");
    project.edit(
        "profiles.yml",
        "ephemeral.duckdb",
        "\"{{ env_var('NO_SUCH_PLACE') }}/x.duckdb\"",
    );
    check(
        &project,
        &["build"],
        &["Env var required but not provided: 'NO_SUCH_PLACE'"],
    );
    project.edit(
        "profiles.yml",
        "env_var('NO_SUCH_PLACE')",
        "env_var('NO_SUCH_PLACE', '.')",
    );
    let output = project.run(&["build"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(project.root.join("x.duckdb").is_file());
}

#[test]
fn numbers_and_truth_come_from_the_environment() {
    let project = Project::copied("ephemeral");
    project.edit(
        "profiles.yml",
        "threads: 4",
        "threads: \"{{ env_var('N_WORKERS', '2') | as_number }}\"",
    );
    let shown = |output| stdout(&output);
    assert!(shown(project.run(&["run"])).contains("Concurrency: 2 threads"));
    let mut command = project.command(&["run"]);
    let output = command.env("N_WORKERS", "3").output().unwrap();
    assert!(shown(output).contains("Concurrency: 3 threads"));
}

#[test]
fn secrets_are_for_profiles_and_packages_alone() {
    let project = Project::copied("ephemeral");
    project.write(
        "models/tells.sql",
        "select '{{ env_var('DBT_ENV_SECRET_KEY') }}' as key",
    );
    let mut command = project.command(&["parse"]);
    let output = command.env("DBT_ENV_SECRET_KEY", "hush").output().unwrap();
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        stdout(&output)
    );
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(
        shown.contains("models/tells.sql") && shown.contains("DBT_ENV_SECRET_KEY"),
        "{shown}"
    );
    assert!(!shown.contains("hush"), "{shown}");
}

#[test]
fn a_package_that_is_not_installed_asks_for_deps() {
    let project = Project::copied("ephemeral");
    project.write(
        "packages.yml",
        "packages: [{package: dbt-labs/dbt_utils, version: 1.0.0}]",
    );
    check(&project, &["build"], &["dagsmith deps"]);
}
