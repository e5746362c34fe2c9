//! What dbt calls deprecations, on the command line: each kind is told once, all are counted, and the end of a command says
//! how many there were.
//!
//! Those of files are found by the analysis, and told, as in dbt, when the files are read; a command that takes the project from
//! the saved index has none.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use analysis::{Manifest, PackageKind, Project, RootDatabase, deprecations::deprecations};
use anyhow::{Result, anyhow};
use engine::plural;
use project::node::{Node, ResourceType};

use crate::{
    cli::{Invocation, is_variable},
    open::Warning,
    run_context::CommandContext,
};

/// How often each kind came, in the order in which they came first.
#[derive(Debug, Default)]
pub(crate) struct Deprecations(Mutex<Vec<(&'static str, usize)>>);

impl Deprecations {
    /// Counts one, and tells whether it is the first of its kind.
    fn is_first(&self, event: &'static str) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == event) {
            *count += 1;
            return false;
        }
        counts.push((event, 1));
        true
    }

    fn counts(&self) -> Vec<(&'static str, usize)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl CommandContext {
    /// Tells of something that dbt will not always take; an error where the user wants it to be one.
    pub(crate) fn deprecate(&self, event: &'static str, text: &str) -> Result<()> {
        let is_first = self.deprecations.is_first(event);
        if is_first || self.invocation.is("show_all_deprecations") {
            self.warn(event, &format!("Deprecated functionality\n{text}"))
                .map_err(|error| anyhow!("[WARNING][{event}]: {error}"))?;
        }
        Ok(())
    }

    /// What the line and the environment have of that.
    pub(crate) fn deprecate_invocation(&self) -> Result<()> {
        for (event, text) in of_invocation(&self.invocation, &*self.system) {
            self.deprecate(event, &text)?;
        }
        Ok(())
    }

    /// How many there were, at the end.
    pub(crate) fn sum_up_deprecations(&self) -> Result<()> {
        let counts = self.deprecations.counts();
        if counts.is_empty() {
            return Ok(());
        }
        let counts = counts.into_iter();
        let lines = counts.map(|(event, n)| format!("\n- {event}: {}", plural(n, "occurrence")));
        let mut text = "Deprecated functionality\nSummary of encountered deprecations:".to_owned();
        text.extend(lines);
        if !self.invocation.is("show_all_deprecations") {
            text.push_str(
                "\nTo see all deprecation instances instead of just the first occurrence of each, run command again with the `--show-all-deprecations` flag. You \
                 may also need to run with `--no-partial-parse` as some deprecations are only encountered during parsing.",
            );
        }
        self.warn("DeprecationsSummary", &text)
    }
}

fn of_invocation(
    invocation: &Invocation,
    system: &dyn base::System,
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let words = invocation.line.split_whitespace();
    for _ in words.filter(|word| ["--models", "--model", "-m"].contains(word)) {
        let text = "Usage of `--models`, `--model`, and `-m` is deprecated in favor of `--select` or `-s`.";
        found.push(("ModelParamUsageDeprecation", text.to_owned()));
    }
    for (name, _) in system.env_vars() {
        if name.starts_with("DBT_ENGINE") && !is_variable(&name) {
            let text = format!(
                "Found custom environment variable `{name}` in the environment. The prefix `DBT_ENGINE` is reserved for dbt engine environment variables. Custom \
                 environment variables with the prefix `DBT_ENGINE` may cause collisions and runtime errors."
            );
            found.push(("EnvironmentVariableNamespaceDeprecation", text));
        }
    }
    if let Some(path) = invocation
        .text("output")
        .filter(|_| invocation.command == "source freshness")
    {
        let text = format!(
            "Custom output path usage `--output {path}` usage detected in `dbt source freshness` command."
        );
        found.push(("CustomOutputPathInSourceFreshnessDeprecation", text));
    }
    found
}

/// Those of a project's files, and of what they come to.
pub(crate) fn of_project(db: &RootDatabase, project: Project, manifest: &Manifest) -> Vec<Warning> {
    let packages = project.packages(db).iter().copied();
    let written = packages.filter(|package| package.kind(db) != PackageKind::Builtin);
    let files = written.flat_map(|package| {
        let own = package.project_file(db).into_iter();
        own.chain(package.files(db).iter().copied())
    });
    let mut found: Vec<Warning> = files
        .flat_map(|file| deprecations(db, file).iter())
        .map(|it| Warning {
            event: it.event,
            text: it.text.clone(),
        })
        .collect();
    found.extend(same_names(manifest));
    found.extend(legacy_time_spine(manifest));
    found
}

/// A model and a seed may have one name as long as their relations differ, and `ref` can mean only one.
fn same_names(manifest: &Manifest) -> Vec<Warning> {
    let mut first_of: BTreeMap<_, &Node> = BTreeMap::new();
    let kinds = [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
    ];
    let nodes = manifest.nodes.values();
    let mut found = Vec::new();
    for node in
        nodes.filter(|node| kinds.contains(&node.resource_type()) && node.version().is_none())
    {
        let (package, name) = (&node.package_name, &node.name);
        match first_of.get(&(package, name)) {
            Some(first) => found.push(Warning {
                event: "DuplicateNameDistinctNodeTypesDeprecation",
                text: format!(
                    "Found resources with the same name '{name}' in package '{package}': '{}' and '{}'. Please update one of the resources to have a unique name.",
                    first.unique_id, node.unique_id
                ),
            }),
            None => {
                first_of.insert((package, name), node);
            }
        }
    }
    found
}

/// A time spine that only its name makes one.
fn legacy_time_spine(manifest: &Manifest) -> Option<Warning> {
    let has = |kind| {
        let mut nodes = manifest.semantic.values();
        nodes.any(|node| node.resource_type() == kind)
    };
    let mut models = manifest
        .nodes
        .values()
        .filter(|node| node.model().is_some());
    let is_described = models
        .clone()
        .any(|node| node.model().is_some_and(|model| model.time_spine.is_some()));
    let is_legacy = models.any(|node| &*node.name == "metricflow_time_spine");
    let is_used = has(ResourceType::Metric) && has(ResourceType::SemanticModel);
    (is_used && is_legacy && !is_described).then(|| Warning {
        event: "MFTimespineWithoutYamlConfigurationDeprecation",
        text: "Time spines without YAML configuration are in the process of deprecation. Please add YAML configuration for your 'metricflow_time_spine' model. See \
               documentation on MetricFlow time spines: https://docs.getdbt.com/docs/build/metricflow-time-spine and behavior change documentation: \
               https://docs.getdbt.com/reference/global-configs/behavior-changes."
            .to_owned(),
    })
}
