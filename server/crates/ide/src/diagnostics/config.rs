//! `dbt_project.yml`, `profiles.yml` and the other YAML files of a project.

use analysis::{PackageKind, project_config::project_file, source::yaml, target::target};
use base::{Diagnostic, SourceRange};
use project::profiles::{Profile, ProfileError};
use sql::Dialect;

use super::CheckContext;

/// The project file, and the profile it asks for where there is no better place to show it.
pub(super) fn check_project(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    let project_file = project_file(db, package);
    found.extend(project_file.1.iter().cloned());
    if package.kind(db) == PackageKind::Root
        && let Err(error) = target(db, package.project(db)).as_ref()
        && matches!(error, ProfileError::NoName | ProfileError::NoFile { .. })
    {
        let range = project_file
            .0
            .profile
            .as_ref()
            .map_or(SourceRange::at(0), |profile| profile.range);
        found.push(Diagnostic::warning("no-profile", range, error.to_string()));
    }
}

pub(super) fn check_profiles(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    check_yaml(context, found);
    for project in context.projects {
        if project.profiles(db) != Some(file) {
            continue;
        }
        match target(db, *project).as_ref() {
            Ok(profile) => found.extend(unknown_adapter(context, profile)),
            Err(error) => found.extend(error.diagnostic()),
        }
    }
}

/// Adapters whose dialect is none that we know, but which exist.
const OTHER_ADAPTERS: [&str; 19] = [
    "clickhouse",
    "databend",
    "doris",
    "dremio",
    "exasol",
    "fabric",
    "firebolt",
    "hive",
    "impala",
    "maxcompute",
    "mysql",
    "oracle",
    "singlestore",
    "sqlite",
    "sqlserver",
    "starrocks",
    "synapse",
    "teradata",
    "vertica",
];

/// What adapters with a dialect of their own are called, for suggestions.
const ADAPTERS: [&str; 9] = [
    "athena",
    "bigquery",
    "databricks",
    "duckdb",
    "postgres",
    "redshift",
    "snowflake",
    "spark",
    "trino",
];

/// Somebody may have written it, but a slip is likelier.
fn unknown_adapter(context: &CheckContext<'_>, profile: &Profile) -> Option<Diagnostic> {
    let name = &*profile.adapter_type;
    let is_known = Dialect::from_adapter(name) != Dialect::Generic;
    if is_known || OTHER_ADAPTERS.contains(&name) {
        return None;
    }
    let tree = yaml(context.db, context.file);
    let outputs = tree.0.root().get(&profile.name)?.get("outputs")?;
    let at = outputs.get(&profile.target_name)?.get("type")?.range();
    let message = format!("no adapter is known as `{name}`");
    let diagnostic = Diagnostic::warning("unknown-adapter", at, message);
    let known = ADAPTERS.into_iter().chain(OTHER_ADAPTERS);
    Some(diagnostic.suggesting(context.file.id(context.db), name, known))
}

pub(super) fn check_yaml(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(yaml(context.db, context.file).1.iter().cloned());
}
