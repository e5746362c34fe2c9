//! Jinja in YAML values: rendered with vars, environment and target, natively typed.

use std::{path::Path, sync::Arc};

use base::{FileId, System};
use jinja::{RenderHost, TemplateInput, value::to_json};
use salsa::Database;
use serde_json::Value;

use crate::{
    change::{Change, FileText, Inputs, ProjectInput},
    db::RootDatabase,
    host::{OfflineHost, Phase, RENDERER},
    input::{Package, Project, Settings},
    load::{FoundProject, read_text},
};

/// A value of a properties file.
pub(crate) fn render_yaml_text(
    db: &dyn Database,
    package: Option<Package>,
    text: &str,
) -> Result<Value, String> {
    let Some(package) = package else {
        return Ok(text.into());
    };
    rendered(db, package.project(db), Some(package), text)
}

/// A value of `dbt_project.yml`, `profiles.yml`, ...: only the command line's vars are there.
pub(crate) fn render_project_text(
    db: &dyn Database,
    project: Project,
    text: &str,
) -> Result<Value, String> {
    rendered(db, project, None, text)
}

/// A value of packages.yml, which is needed before there is anything of a project: only these settings are known.
pub fn render_packages_text(settings: &Settings, text: &str) -> Result<Value, String> {
    let input = ProjectInput {
        root: Path::new("/").into(),
        settings: settings.clone(),
        ..ProjectInput::default()
    };
    render_alone(Vec::new(), input, text)
}

/// A value of selectors.yml, which is read before the project is: as in the project file, with the target that follows from that
/// and from profiles.yml.
pub fn render_selectors_text(
    system: &dyn System,
    found: &FoundProject,
    text: &str,
) -> Result<Value, String> {
    let mut input = found.loaded.input.clone();
    input.packages.truncate(1);
    for package in &mut input.packages {
        package.files.clear();
    }
    let project_file = input.packages.iter().flat_map(|it| &it.project_file);
    let needed: Vec<FileId> = project_file
        .chain(&input.profiles)
        .map(|it| it.file)
        .collect();
    let files = found.files.iter().filter(|(id, ..)| needed.contains(id));
    let texts = files
        .map(|(id, path, stamp)| (*id, read_text(system, path, *stamp)))
        .collect();
    render_alone(texts, input, text)
}

/// With a database of its own, in which there is nothing but `input`.
fn render_alone(
    texts: Vec<(FileId, FileText)>,
    input: ProjectInput,
    text: &str,
) -> Result<Value, String> {
    let mut db = RootDatabase::default();
    let mut inputs = Inputs::default();
    let root = Arc::clone(&input.root);
    let change = Change {
        texts,
        projects: vec![(Arc::clone(&root), Some(input))],
        ..Change::default()
    };
    inputs.apply(&mut db, change);
    let project = inputs.project(&root).ok_or("there is no project")?;
    // Outside of a query nobody else tells the host which database to ask for variables.
    salsa::attach(&db, || render_project_text(&db, project, text))
}

fn rendered(
    db: &dyn Database,
    project: Project,
    package: Option<Package>,
    text: &str,
) -> Result<Value, String> {
    let host: Arc<dyn RenderHost> = OfflineHost::new(db, project, package, Phase::Yaml, None);
    let name = package
        .map(|package| Arc::clone(package.name(db)))
        .unwrap_or_default();
    let input = TemplateInput {
        name: "yaml",
        package: &name,
        file: None,
        start: 0,
        text,
    };
    match RENDERER.render_value(&host, input).value {
        Ok(value) => Ok(to_json(&value)),
        Err(error) => Err(error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_of_the_environment() {
        let env =
            ["PLACE", "DBT_ENV_SECRET_TOKEN"].map(|name| (name.to_owned(), "here".to_owned()));
        let settings = Settings {
            env: env.into_iter().collect(),
            ..Settings::default()
        };
        let text = "{{ env_var('PLACE', 'nowhere') }}/{{ env_var('DBT_ENV_SECRET_TOKEN') }}";
        let rendered = render_packages_text(&settings, text).unwrap();
        assert_eq!(rendered, "here/here");
    }
}
