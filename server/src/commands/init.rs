//! `init`: a new project with one model and a test, on a DuckDB file of its own.

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::{report, run_context::CommandContext};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let name = context
        .invocation
        .positional
        .first()
        .context("name the project: `dagsmith init my_project`")?;
    let is_identifier = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if !is_identifier {
        bail!("`{name}` is no project name: use letters, digits and underscores, a letter first");
    }
    let root = context.current_dir.join(name);
    if context.system.entry(&root).is_some() {
        bail!("{} is there already", root.display());
    }
    let mut files = vec![
        ("dbt_project.yml", format!(
            "name: {name}\nversion: 1.0.0\nprofile: {name}\n\nmodel-paths: [models]\nseed-paths: [seeds]\ntest-paths: [tests]\nmacro-paths: [macros]\n\nclean-targets: [target, dbt_packages]\n"
        )),
        ("models/greetings.sql", "select 1 as id, 'hello' as greeting\nunion all\nselect 2, 'good morning'\n".to_owned()),
        ("models/_models.yml", "models:\n  - name: greetings\n    description: The first model.\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n".to_owned()),
        (".gitignore", "target/\ndbt_packages/\nlogs/\n*.duckdb\n".to_owned()),
    ];
    if !context.invocation.is("skip_profile_setup") {
        files.push(("profiles.yml", format!(
            "{name}:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: {name}.duckdb\n      threads: 4\n"
        )));
    }
    for (path, text) in files {
        context.system.write(&root.join(path), text.as_bytes())?;
    }
    report::output(&format!(
        "Your new project is in {}. Next:\n\n  cd {name}\n  dagsmith build\n",
        root.display()
    ));
    Ok(ExitCode::SUCCESS)
}
