//! `builtins.ref.config`, with the arguments of the run.

use std::sync::Arc;

use analysis::context::RuntimeConfig;
use jinja::Value;
use project::profiles::Profile;

use super::{lazy::Lazy, session::Session};

pub(super) fn value(session: &Arc<Session>) -> Value {
    let (project, args) = (Arc::clone(&session.project), session.flags.args.clone());
    Lazy::value(move || {
        let manifest = &project.manifest;
        let target = manifest.profile.as_ref().map(Profile::target_json);
        let cli_vars = args.get("vars").and_then(|vars| vars.as_object()).cloned();
        let known = RuntimeConfig {
            project_name: &manifest.project_name,
            project_file: manifest
                .project_files
                .get(&manifest.project_name)
                .map(|file| &**file),
            project_root: &project.root,
            target: target.unwrap_or_default(),
            cli_vars: cli_vars.unwrap_or_default(),
            args: (*args).clone(),
        };
        known.into_value(manifest.project_files.iter().map(|(name, file)| {
            let root = manifest.package_roots.get(name).map(|root| &**root);
            (&**name, &**file, root)
        }))
    })
}
