//! `list`: the resources that a selection takes, as selectors, names, paths or JSON.

use std::process::ExitCode;

use anyhow::bail;
use project::{
    manifest_json::{ExposureJson, NodeJson, SemanticJson, SourceJson, UnitTestJson},
    node::{ResourceType, UniqueId},
    python_text::python_json,
};
use serde_json::{Map, Value};

use super::graph_run::narrowed;
use crate::{
    open::{OpenConfig, OpenProject, open},
    report,
    run_context::CommandContext,
};

/// The keys that JSON has unless others are asked for.
const KEYS: [&str; 10] = [
    "alias",
    "name",
    "package_name",
    "depends_on",
    "tags",
    "config",
    "resource_type",
    "source_name",
    "original_file_path",
    "unique_id",
];

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    use ResourceType::{
        Analysis, Exposure, Function, Metric, Model, SavedQuery, Seed, SemanticModel, Snapshot,
        Source, Test, UnitTest,
    };
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let project = open(&*context.system, &config)?;
    context.accept(&project)?;
    let mut kinds = vec![
        Model,
        Snapshot,
        Seed,
        Test,
        UnitTest,
        Source,
        Exposure,
        Metric,
        SavedQuery,
        SemanticModel,
        Function,
    ];
    // Analyses are listed only when asked for.
    let asked_for = context.invocation.list("resource_type");
    let mut asked_for = asked_for.iter().flat_map(|names| names.split_whitespace());
    if asked_for.any(|name| matches!(name, "analysis" | "all")) {
        kinds.push(Analysis);
    }
    let kinds = narrowed(context, &kinds)?;
    let selected = project.select(context, &kinds)?;
    if selected.is_empty() {
        context.warn("NoNodesSelected", "No nodes selected!")?;
    }
    let output = context.invocation.text("output").unwrap_or("selector");
    let keys = context.invocation.list("output_keys");
    let mut lines: Vec<String> = Vec::new();
    for id in &selected {
        lines.extend(match output {
            "selector" => selector(&project, id),
            "name" => json(&project, id).map(|json| name(&json)),
            "path" => json(&project, id).map(|json| text(&json, "original_file_path")),
            "json" => json(&project, id).map(|json| python_json(&shown(&json, &keys))),
            other => bail!("`list` has no output `{other}`: use selector, name, path or json"),
        });
    }
    if output != "json" {
        lines.sort();
    }
    report::output(
        &lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    );
    // The process ends here: giving back every node of a large project would take as long as printing the names.
    std::mem::forget(project);
    Ok(ExitCode::SUCCESS)
}

/// How the resource is selected.
fn selector(project: &OpenProject, id: &UniqueId) -> Option<String> {
    let manifest = &project.manifest;
    if let Some(node) = manifest.nodes.get(id) {
        return Some(node.fqn.join("."));
    }
    if let Some(source) = manifest.sources.get(id) {
        return Some(format!(
            "source:{}.{}.{}",
            source.package_name, source.source_name, source.name
        ));
    }
    if let Some(exposure) = manifest.exposures.get(id) {
        return Some(format!(
            "exposure:{}.{}",
            exposure.package_name, exposure.name
        ));
    }
    if let Some(node) = manifest.semantic.get(id) {
        let (kind, package) = (node.resource_type().name(), &node.package_name);
        return Some(format!("{kind}:{package}.{}", node.name));
    }
    let test = manifest.unit_tests.get(id)?;
    let (package, name) = (&test.package_name, test.search_name());
    Some(format!("unit_test:{package}.{name}"))
}

fn json(project: &OpenProject, id: &UniqueId) -> Option<Value> {
    let manifest = &project.manifest;
    let created_at = 0.0;
    let json = if let Some(node) = manifest.nodes.get(id) {
        serde_json::to_value(NodeJson {
            node,
            created_at,
            compiled: None,
        })
    } else if let Some(source) = manifest.sources.get(id) {
        serde_json::to_value(SourceJson { source, created_at })
    } else if let Some(node) = manifest.exposures.get(id) {
        serde_json::to_value(ExposureJson { node, created_at })
    } else if let Some(node) = manifest.semantic.get(id) {
        serde_json::to_value(SemanticJson { node, created_at })
    } else {
        serde_json::to_value(UnitTestJson {
            node: manifest.unit_tests.get(id)?,
            created_at,
        })
    };
    // Keys are text and numbers finite: it cannot fail to be JSON.
    json.ok()
}

fn text(json: &Value, key: &str) -> String {
    json.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn name(json: &Value) -> String {
    match (
        text(json, "source_name"),
        json.get("version").filter(|it| !it.is_null()),
    ) {
        (source, _) if !source.is_empty() => format!("{source}.{}", text(json, "name")),
        (_, Some(version)) => format!(
            "{}.v{}",
            text(json, "name"),
            version.to_string().trim_matches('"')
        ),
        _ => text(json, "name"),
    }
}

/// The keys asked for; `config.materialized` looks inside.
fn shown(json: &Value, keys: &[String]) -> Value {
    let wanted: Vec<&str> = if keys.is_empty() {
        KEYS.to_vec()
    } else {
        keys.iter()
            .flat_map(|keys| keys.split_whitespace())
            .collect()
    };
    let mut out = Map::new();
    for key in wanted {
        let found = key.split('.').try_fold(json, |at, part| at.get(part));
        if let Some(found) = found {
            out.insert(key.to_owned(), found.clone());
        }
    }
    out.into()
}
