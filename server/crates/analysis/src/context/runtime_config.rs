//! `builtins.ref.config`: what dbt's functions know of the project, which packages read there for want of another place.
//!
//! It holds what is known to be asked for: names and versions of packages, variables, the arguments of the command.

use std::path::Path;

use jinja::{
    Value,
    value::{dict, from_json},
};
use project::{json::JsonMap, profiles::Profile, project_file::ProjectFile};
use salsa::Database;

use crate::{
    input::Project,
    project_config::{command_line_vars, project_file, root_file, root_name},
    target::target,
};

/// What is known of a project, with or without a run.
pub struct RuntimeConfig<'a> {
    /// Its name.
    pub project_name: &'a str,
    /// Its own file, where it can be read.
    pub project_file: Option<&'a ProjectFile>,
    /// Its directory.
    pub project_root: &'a Path,
    /// Of the profile, what templates may see.
    pub target: JsonMap,
    /// `--vars`
    pub cli_vars: JsonMap,
    /// The arguments of the command.
    pub args: JsonMap,
}

impl RuntimeConfig<'_> {
    /// As templates see it. `packages` come with their directory.
    pub fn into_value<'p>(
        self,
        packages: impl Iterator<Item = (&'p str, &'p ProjectFile, Option<&'p Path>)>,
    ) -> Value {
        let dependencies = packages.map(|(name, file, root)| {
            let known = dict([
                ("project_name", Value::from(name)),
                ("version", Value::from(file.version.as_deref())),
                ("project_root", Value::from(root.map(text))),
            ]);
            (name.to_owned(), known)
        });
        let version = self.project_file.and_then(|file| file.version.as_deref());
        let vars = self.project_file.map(|file| (*file.vars).clone());
        let of_target = |name: &str| self.target.get(name).map_or(Value::from(()), from_json);
        dict([
            ("project_name", Value::from(self.project_name)),
            ("version", Value::from(version)),
            ("project_root", Value::from(text(self.project_root))),
            ("profile_name", of_target("profile_name")),
            ("target_name", of_target("target_name")),
            ("threads", of_target("threads")),
            ("credentials", mapping(self.target.clone())),
            ("dependencies", dict(dependencies)),
            ("vars", mapping(vars.unwrap_or_default())),
            ("cli_vars", mapping(self.cli_vars)),
            ("args", mapping(self.args)),
        ])
    }
}

/// As far as it is known before anything runs: no command has arguments yet.
pub(super) fn value(db: &dyn Database, project: Project) -> Value {
    let name = root_name(db, project);
    let file = root_file(db, project);
    let profile = target(db, project);
    let known = RuntimeConfig {
        project_name: &name,
        project_file: Some(&file.0),
        project_root: project.root(db),
        target: profile
            .as_ref()
            .as_ref()
            .map(Profile::target_json)
            .unwrap_or_default(),
        cli_vars: (**command_line_vars(db, project)).clone(),
        args: JsonMap::new(),
    };
    known.into_value(project.packages(db).iter().map(|package| {
        let file = &project_file(db, *package).0;
        (&**package.name(db), file, Some(&**package.root(db)))
    }))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn mapping(map: JsonMap) -> Value {
    from_json(&serde_json::Value::Object(map))
}
