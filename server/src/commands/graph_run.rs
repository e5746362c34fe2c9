//! `build`, `run`, `test`, `seed`, `compile`: a selection of the graph, in order.

use std::process::ExitCode;

use anyhow::bail;
use engine::{Event, Task};
use project::node::ResourceType;

use crate::{
    commands::parse::found,
    open::{OpenConfig, open},
    run_context::CommandContext,
};

/// dbt's exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

pub(crate) fn run(context: &CommandContext, task: Task) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    // Paths in SQL and in profiles are relative to the project, as dbt changes into it.
    std::env::set_current_dir(&config.root)?;
    let project = open(&*context.system, &config)?;
    if !project.errors.is_empty() {
        bail!(
            "the project has {}:\n  {}",
            engine::plural(project.errors.len(), "error"),
            project.errors.join("\n  ")
        );
    }
    context
        .reporter
        .report(&Event::Found(&found(&project.manifest)));
    let kinds = kinds(context, task)?;
    let selected = project.select(&context.invocation, &*context.system, &kinds)?;
    let session = context.session(&project, &selected)?;
    let threads = project.threads(&context.invocation);
    let summary = engine::run(&session, task, &selected, threads, &context.metadata)?;
    if let Some(error) = &summary.artifact_error {
        bail!("could not write artifacts: {error}");
    }
    if summary.is_interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(if summary.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(crate::FAILED)
    })
}

/// The kinds of resources that a command works on, narrowed by `--resource-type`.
pub(super) fn kinds(context: &CommandContext, task: Task) -> anyhow::Result<Vec<ResourceType>> {
    use ResourceType::{Analysis, Exposure, Function, Model, Seed, Snapshot, Test, UnitTest};
    let kinds: &[ResourceType] = match task {
        Task::Build => &[Model, Seed, Snapshot, Test, UnitTest, Exposure, Function],
        Task::Run => &[Model],
        Task::Seed => &[Seed],
        Task::Test => &[Test, UnitTest],
        Task::Compile => &[Model, Seed, Snapshot, Test, Analysis],
    };
    narrowed(context, kinds)
}

/// Without what `--resource-type` and `--exclude-resource-type` leave out.
pub(super) fn narrowed(
    context: &CommandContext,
    kinds: &[ResourceType],
) -> anyhow::Result<Vec<ResourceType>> {
    let named = |flag: &str| -> anyhow::Result<Vec<ResourceType>> {
        let mut found = Vec::new();
        for name in context
            .invocation
            .list(flag)
            .iter()
            .flat_map(|names| names.split_whitespace())
        {
            match ResourceType::from_name(name) {
                Some(kind) => found.push(kind),
                None if matches!(name, "all" | "default") => found.extend(ResourceType::ALL),
                None => bail!("`{name}` is no resource type"),
            }
        }
        Ok(found)
    };
    let (only, without) = (named("resource_type")?, named("exclude_resource_type")?);
    Ok(kinds
        .iter()
        .copied()
        .filter(|kind| (only.is_empty() || only.contains(kind)) && !without.contains(kind))
        .collect())
}
