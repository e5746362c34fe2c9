//! The project as a whole: its file, the vars that its packages see, the target it is compiled for.

use std::sync::Arc;

use base::Diagnostic;
use project::{
    json::{JsonMap, JsonObject},
    project_file::ProjectFile,
};
use salsa::Database;
use serde_json::Value;

use crate::{
    input::{Package, PackageKind, Project},
    source::yaml,
    yaml_render::render_project_text,
};

/// `dbt_project.yml` of a package with what is wrong with it.
#[salsa::tracked]
pub fn project_file(db: &dyn Database, package: Package) -> Arc<(ProjectFile, Vec<Diagnostic>)> {
    let Some(file) = package.project_file(db) else {
        let mut nameless = ProjectFile::default();
        nameless.name.value = Arc::clone(package.name(db));
        return Arc::new((nameless, Vec::new()));
    };
    let tree = yaml(db, file);
    let project = package.project(db);
    let render = |text: &str| render_project_text(db, project, text);
    let (parsed, mut diagnostics) = ProjectFile::read(file.id(db), &tree.0, &render);
    diagnostics.extend(tree.1.iter().cloned());
    diagnostics.sort();
    Arc::new((parsed, diagnostics))
}

/// The package that was opened.
pub fn root_package(db: &dyn Database, project: Project) -> Option<Package> {
    project
        .packages(db)
        .iter()
        .copied()
        .find(|package| package.kind(db) == PackageKind::Root)
}

/// The name of the project that was opened.
pub fn root_name(db: &dyn Database, project: Project) -> Arc<str> {
    root_package(db, project)
        .map(|package| Arc::clone(package.name(db)))
        .unwrap_or_default()
}

/// The project file of the package that was opened.
pub(crate) fn root_file(
    db: &dyn Database,
    project: Project,
) -> Arc<(ProjectFile, Vec<Diagnostic>)> {
    match root_package(db, project) {
        Some(package) => Arc::clone(project_file(db, package)),
        None => Arc::default(),
    }
}

/// The vars that resources of a package see, all places merged.
///
/// The command line wins, then the root project's for that package, then the root project's for all, then the
/// package's own in the same order. See <https://docs.getdbt.com/docs/build/project-variables#variable-precedence>.
#[salsa::tracked]
pub fn vars(db: &dyn Database, package: Package) -> Arc<JsonMap> {
    let project = package.project(db);
    let name: &str = package.name(db);
    let own = project_file(db, package);
    let root = root_file(db, project);
    let mut merged = JsonMap::new();
    for vars in [&own.0.vars, &root.0.vars] {
        merged.extend(
            vars.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        if let Some(Value::Object(for_package)) = vars.get(name) {
            merged.extend(
                for_package
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        }
    }
    merged.extend(
        command_line_vars(db, project)
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Arc::new(merged)
}

/// `--vars`
pub(crate) fn command_line_vars(db: &dyn Database, project: Project) -> &JsonObject {
    &project.settings(db).vars
}
