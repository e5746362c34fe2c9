//! `dbt_project.yml`, `profiles.yml` and the other YAML files of a project.

use analysis::{PackageKind, project_config::project_file, source::yaml, target::target};
use base::{Diagnostic, SourceRange};
use project::profiles::ProfileError;

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
        if project.profiles(db) == Some(file)
            && let Err(error) = target(db, *project).as_ref()
        {
            found.extend(error.diagnostic());
        }
    }
}

pub(super) fn check_yaml(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(yaml(context.db, context.file).1.iter().cloned());
}
