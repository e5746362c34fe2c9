//! `builtins.ref.config`: what dbt's functions know of the project, which packages read there for want of another place.
//!
//! It holds what is known to be asked for: names and versions of packages, variables, the arguments of the command.

use std::sync::Arc;

use jinja::{
    Value,
    value::{dict, from_json},
};
use project::{json::JsonMap, profiles::Profile};

use super::{lazy::Lazy, session::Session};

pub(super) fn value(session: &Arc<Session>) -> Value {
    let (project, flags) = (Arc::clone(&session.project), session.flags.args.clone());
    Lazy::value(move || {
        let manifest = &project.manifest;
        let dependencies = manifest.project_files.iter().map(|(name, file)| {
            let root = manifest.package_roots.get(name);
            let known = dict([
                ("project_name", Value::from(&**name)),
                ("version", Value::from(file.version.as_deref())),
                (
                    "project_root",
                    Value::from(root.map(|it| it.display().to_string())),
                ),
            ]);
            (name.to_string(), known)
        });
        let own = manifest.project_files.get(&manifest.project_name);
        let vars = own.map(|file| (*file.vars).clone()).unwrap_or_default();
        let target = manifest
            .profile
            .as_ref()
            .map(Profile::target_json)
            .unwrap_or_default();
        let of_target = |name: &str| target.get(name).map_or(Value::from(()), from_json);
        dict([
            ("project_name", Value::from(&*manifest.project_name)),
            (
                "version",
                Value::from(own.and_then(|file| file.version.as_deref())),
            ),
            (
                "project_root",
                Value::from(project.root.display().to_string()),
            ),
            ("profile_name", of_target("profile_name")),
            ("target_name", of_target("target_name")),
            ("threads", of_target("threads")),
            ("credentials", mapping(target.clone())),
            ("dependencies", dict(dependencies)),
            ("vars", mapping(vars)),
            (
                "cli_vars",
                flags
                    .get("vars")
                    .map_or_else(|| mapping(JsonMap::new()), from_json),
            ),
            ("args", mapping((*flags).clone())),
        ])
    })
}

fn mapping(map: JsonMap) -> Value {
    from_json(&serde_json::Value::Object(map))
}
