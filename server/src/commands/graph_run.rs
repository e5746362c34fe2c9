//! `build`, `run`, `test`, `seed`, `snapshot`, `compile`, `clone`, `source freshness`: a
//! selection of the graph, in order.

use std::{collections::BTreeSet, process::ExitCode, sync::Arc};

use anyhow::bail;
use engine::{Event, RunSummary, Session, Status, Task};
use project::node::{FreshnessThreshold, ResourceType, UniqueId};
use serde_json::json;

use crate::{
    commands::{parse::found, show},
    open::OpenProject,
    report,
    run_context::CommandContext,
};

/// Rows of a seed that `--show` shows.
const SAMPLE: usize = 10;

pub(crate) fn run(context: &CommandContext, task: Task) -> anyhow::Result<ExitCode> {
    let project = context.open()?;
    context
        .reporter
        .report(&Event::Found(&found(&project.manifest)));
    let kinds = kinds(context, task)?;
    let mut selected = match &context.repeated {
        Some(repeated) => existing(&project, &repeated.open),
        None => project.select(context, &kinds)?,
    };
    if task == Task::SourceFreshness {
        selected.retain(|id| has_freshness(&project, id));
    }
    let session = context.session(&project, &selected)?;
    let threads = project.threads(&context.invocation);
    let summary = engine::run(&session, task, &selected, threads, &context.metadata)?;
    if let Some(code) = cut_short(&summary)? {
        return Ok(code);
    }
    if task == Task::Compile {
        show_compiled(context, &project, &summary);
    }
    if matches!(task, Task::Seed | Task::Build) && context.invocation.is("show") {
        show_seeds(&session, &summary);
    }
    Ok(match task {
        _ if summary.is_success() => ExitCode::SUCCESS,
        // What does not compile is no result to dbt, but an error of the command.
        Task::Compile => ExitCode::from(crate::UNUSABLE),
        Task::Build
        | Task::Run
        | Task::Seed
        | Task::Snapshot
        | Task::Test
        | Task::Clone
        | Task::SourceFreshness => ExitCode::from(crate::FAILED),
    })
}

/// What ends a command whatever became of the nodes: artifacts that cannot be written, and Ctrl-C.
pub(super) fn cut_short(summary: &RunSummary) -> anyhow::Result<Option<ExitCode>> {
    if let Some(error) = &summary.artifact_error {
        bail!("could not write artifacts: {error}");
    }
    Ok(summary
        .is_interrupted
        .then(|| ExitCode::from(crate::INTERRUPTED)))
}

/// What of an earlier run is still part of the project.
fn existing(project: &OpenProject, ids: &BTreeSet<UniqueId>) -> BTreeSet<UniqueId> {
    let graph = &project.manifest.graph;
    ids.iter()
        .filter(|id| graph.contains(id))
        .cloned()
        .collect()
}

/// Whether it is said when the data of a source is too old.
pub(super) fn has_freshness(project: &OpenProject, id: &UniqueId) -> bool {
    let source = project.manifest.sources.get(id);
    let threshold = source.and_then(|source| source.freshness.as_ref());
    threshold.is_some_and(FreshnessThreshold::is_set)
}

/// Some rows of each seed that was loaded.
fn show_seeds(session: &Arc<Session>, summary: &RunSummary) {
    let loaded = summary
        .outcomes
        .iter()
        .filter(|it| it.status == Status::Success);
    for outcome in loaded {
        let Some(node) = session.project().manifest.nodes.get(&outcome.unique_id) else {
            continue;
        };
        // Hooks are among the outcomes; and a file that was read a moment ago can be read again.
        if node.resource_type() != ResourceType::Seed {
            continue;
        }
        if let Ok(shown) = engine::show(session, node, Some(SAMPLE)) {
            let title = format!("Sample of table: {}.{}", node.schema, node.alias);
            let line = "-".repeat(title.chars().count());
            let rows = show::grid(&shown, SAMPLE);
            report::output(&format!("\n{title}\n{line}\n{rows}\n"));
        }
    }
}

/// The SQL of the nodes that the selection's first word names.
fn show_compiled(context: &CommandContext, project: &OpenProject, summary: &RunSummary) {
    let words = context.invocation.list("select");
    let Some(word) = words.first() else { return };
    for outcome in &summary.outcomes {
        let Some(node) = project.manifest.nodes.get(&outcome.unique_id) else {
            continue;
        };
        if let Some(sql) = &outcome.compiled_code
            && word.contains(&*node.name)
        {
            report::output(&if context.invocation.text("output") == Some("json") {
                format!("{:#}\n", json!({"node": &*node.name, "compiled": sql}))
            } else if context.invocation.is("quiet") {
                format!("{sql}\n")
            } else {
                format!("Compiled node '{}' is:\n{sql}\n", node.name)
            });
        }
    }
}

/// The kinds of resources that a command works on, narrowed by `--resource-type`.
pub(super) fn kinds(context: &CommandContext, task: Task) -> anyhow::Result<Vec<ResourceType>> {
    use ResourceType::{
        Analysis, Exposure, Function, Model, Operation, SavedQuery, Seed, Snapshot, Source, Test,
        UnitTest,
    };
    let kinds: &[ResourceType] = match task {
        Task::Build => &[
            Model, Seed, Snapshot, Test, UnitTest, SavedQuery, Exposure, Function,
        ],
        Task::Run => &[Model],
        Task::Seed => &[Seed],
        Task::Snapshot => &[Snapshot],
        Task::Clone => &[Model, Seed, Snapshot],
        Task::SourceFreshness => &[Source],
        Task::Test => &[Test, UnitTest],
        Task::Compile => &[Model, Seed, Snapshot, Test, Analysis, Operation, Function],
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
