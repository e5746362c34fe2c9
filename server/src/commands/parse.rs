//! `parse`: read the project and write its manifest.

use std::{collections::BTreeMap, process::ExitCode};

use analysis::Manifest;
use engine::{Event, ManifestJson, plural};
use project::node::ResourceType;

use crate::{
    open::{OpenConfig, open},
    run_context::CommandContext,
};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let project = open(&*context.system, &config)?;
    context
        .reporter
        .report(&Event::Found(&found(&project.manifest)));
    context.accept(&project)?;
    if context.invocation.is("write_json") {
        let json = ManifestJson {
            project: &project.run,
            metadata: &context.metadata,
            now: context.system.now(),
            compiled: BTreeMap::new(),
        };
        json.write(
            &*context.system,
            &project.run.target_path.join("manifest.json"),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `60 models, 2 analyses, 140 data tests, ...`
pub(super) fn found(manifest: &Manifest) -> String {
    let count = |kind: ResourceType| {
        manifest
            .nodes
            .values()
            .filter(|node| node.resource_type() == kind)
            .count()
    };
    let of_semantic_layer = |kind: ResourceType| {
        let nodes = manifest.semantic.values();
        nodes.filter(|node| node.resource_type() == kind).count()
    };
    let counts = [
        (count(ResourceType::Model), "model"),
        (count(ResourceType::Analysis), "analysis"),
        (count(ResourceType::Snapshot), "snapshot"),
        (count(ResourceType::Test), "data test"),
        (count(ResourceType::Seed), "seed"),
        (count(ResourceType::Operation), "operation"),
        (manifest.sources.len(), "source"),
        (manifest.exposures.len(), "exposure"),
        (of_semantic_layer(ResourceType::Metric), "metric"),
        (manifest.macros.len(), "macro"),
        (manifest.groups.len(), "group"),
        (
            of_semantic_layer(ResourceType::SemanticModel),
            "semantic model",
        ),
        (of_semantic_layer(ResourceType::SavedQuery), "saved query"),
        (manifest.unit_tests.len(), "unit test"),
    ];
    let shown = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| plural(count, what));
    shown.collect::<Vec<_>>().join(", ")
}
