//! Flags, variables of the environment and what they change.

use serde_json::Value;

use crate::{Project, stdout};

fn artifact(project: &Project, path: &str) -> Value {
    let bytes = std::fs::read(project.root.join(path)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn the_environment_sets_flags_and_the_line_wins() {
    let project = Project::copied("ephemeral");
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command
            .env("DBT_TARGET_PATH", "elsewhere")
            .output()
            .unwrap()
    };
    run(&["parse"]);
    assert!(project.root.join("elsewhere/manifest.json").is_file());
    run(&["parse", "--target-path", "here"]);
    assert!(project.root.join("here/manifest.json").is_file());
}

#[test]
fn artifacts_are_written_unless_told_otherwise() {
    let project = Project::copied("ephemeral");
    project.run(&["build", "--no-write-json"]);
    assert!(!project.root.join("target/run_results.json").is_file());
    project.run(&["build"]);
    assert!(project.root.join("target/run_results.json").is_file());
}

#[test]
fn artifacts_have_what_the_environment_says_of_the_run() {
    let project = Project::copied("ephemeral");
    let mut command = project.command(&["build"]);
    command
        .env("DBT_ENV_CUSTOM_ENV_RUN", "42")
        .output()
        .unwrap();
    for name in ["manifest", "run_results"] {
        let artifact = artifact(&project, &format!("target/{name}.json"));
        assert_eq!(artifact["metadata"]["env"]["RUN"], "42", "{name}");
    }
}

#[test]
fn a_lock_is_made_without_installing_and_kept_until_asked() {
    let project = Project::copied("packages");
    std::fs::remove_file(project.root.join("package-lock.yml")).unwrap();
    let lock = || std::fs::read_to_string(project.root.join("package-lock.yml")).unwrap();
    project.run(&["deps", "--lock"]);
    let first = lock();
    assert!(first.contains("local: packages/lower"), "{first}");
    assert!(!project.root.join("dbt_packages").exists());
    // Somebody's words in it stay as long as packages.yml is the same.
    let marked = format!("# kept\n{first}");
    project.write("package-lock.yml", &marked);
    project.run(&["deps"]);
    assert_eq!(lock(), marked);
    assert!(project.root.join("dbt_packages/lower").exists());
    project.run(&["deps", "--upgrade"]);
    assert_eq!(lock(), first);
}

#[test]
fn a_new_project_can_be_built() {
    let project = Project::copied("ephemeral");
    let home = project.root.join("home");
    std::fs::create_dir_all(&home).unwrap();
    let run = |dir: &std::path::Path, args: &[&str]| {
        let mut command = project.command(args);
        command.current_dir(dir).env("DBT_PROFILES_DIR", &home);
        command.output().unwrap()
    };
    let output = run(&home, &["init", "fresh", "--skip-profile-setup"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let root = home.join("fresh");
    assert!(root.join("dbt_project.yml").is_file());
    project.write(
        "home/profiles.yml",
        "fresh: {target: dev, outputs: {dev: {type: duckdb, path: fresh.duckdb}}}",
    );
    let output = run(&root, &["parse"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
