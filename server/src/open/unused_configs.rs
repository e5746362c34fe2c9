//! Configuration of dbt_project.yml that no resource has.

use std::collections::{BTreeMap, BTreeSet};

use analysis::Manifest;
use project::node::{Names, ResourceType};

use super::Warning;

/// What dbt says of it.
pub(super) fn warning(manifest: &Manifest) -> Option<Warning> {
    let unused = unused(manifest);
    (!unused.is_empty()).then(|| Warning {
        event: "UnusedResourceConfigPath",
        text: format!(
            "Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\nThere are {} unused configuration paths:\n{}",
            unused.len(),
            unused.join("\n")
        ),
    })
}

fn unused(manifest: &Manifest) -> Vec<String> {
    let Some(file) = manifest.project_files.get(&manifest.project_name) else {
        return Vec::new();
    };
    let off = off(manifest);
    let by_section = by_section(manifest);
    let mut found = Vec::new();
    for tree in &file.configs {
        let section = tree.section.replace('-', "_");
        let own = by_section.get(&*section);
        for path in tree.configured() {
            let is_used = |fqns: &BTreeSet<&Names>| fqns.iter().any(|fqn| fqn.starts_with(&path));
            if !own.is_some_and(is_used) && !is_used(&off) {
                let names = path.iter().map(|name| &**name);
                let words: Vec<&str> = std::iter::once(&*section).chain(names).collect();
                found.push(format!("- {}", words.join(".")));
            }
        }
    }
    found
}

/// The names of all resources, by the section that configures them.
fn by_section(manifest: &Manifest) -> BTreeMap<&'static str, BTreeSet<&Names>> {
    let nodes = manifest.nodes.values();
    let nodes = nodes.filter_map(|it| Some((section(it.resource_type())?, &it.fqn)));
    let semantic = manifest.semantic.values();
    let semantic = semantic.filter_map(|it| Some((section(it.resource_type())?, &it.fqn)));
    let sources = manifest.sources.values().map(|it| ("sources", &it.fqn));
    let exposures = manifest.exposures.values().map(|it| ("exposures", &it.fqn));
    let unit_tests = manifest
        .unit_tests
        .values()
        .map(|it| ("unit_tests", &it.fqn));
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (section, fqn) in nodes
        .chain(semantic)
        .chain(sources)
        .chain(exposures)
        .chain(unit_tests)
    {
        found.entry(section).or_default().insert(fqn);
    }
    found
}

/// `None` for what dbt_project.yml has no section for.
fn section(kind: ResourceType) -> Option<&'static str> {
    Some(match kind {
        ResourceType::Model => "models",
        ResourceType::Seed => "seeds",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Test => "data_tests",
        ResourceType::Function => "functions",
        ResourceType::Metric => "metrics",
        ResourceType::SemanticModel => "semantic_models",
        ResourceType::SavedQuery => "saved_queries",
        ResourceType::Source
        | ResourceType::Exposure
        | ResourceType::UnitTest
        | ResourceType::Analysis
        | ResourceType::Operation
        | ResourceType::SqlOperation
        | ResourceType::Group
        | ResourceType::Macro
        | ResourceType::Doc => return None,
    })
}

/// The names of what is turned off, of all kinds: what is there for them serves a purpose.
fn off(manifest: &Manifest) -> BTreeSet<&Names> {
    let nodes = manifest.disabled.values().flatten().map(|it| &it.fqn);
    let idle = manifest.idle_tests.values().map(|it| &it.fqn);
    let sources = manifest.disabled_sources.values().flatten();
    let unit_tests = manifest.disabled_unit_tests.values().flatten();
    let exposures = manifest.disabled_exposures.values().flatten();
    let semantic = manifest.disabled_semantic.values().flatten();
    nodes
        .chain(idle)
        .chain(sources.map(|it| &it.fqn))
        .chain(unit_tests.map(|it| &it.fqn))
        .chain(exposures.map(|it| &it.fqn))
        .chain(semantic.map(|it| &it.fqn))
        .collect()
}
