//! `flags:` of dbt_project.yml: what the project wants where neither the command line nor the environment says otherwise.
//!
//! Read before anything else of the project, since it decides how the rest is reported. A file that cannot be read has no
//! flags; what is wrong with it is said when the project is opened.

use std::path::PathBuf;

use base::System;
use project::{
    project_file::{PROJECT_FILE_NAME, find_project_root},
    yaml::Yaml,
};
use serde_json::{Map, Value};

use super::Invocation;

/// The flags that dbt takes from a project, beside those that change its behaviour.
const TAKEN: [&str; 14] = [
    "cache_selected_only",
    "debug",
    "fail_fast",
    "indirect_selection",
    "log_format",
    "log_level",
    "partial_parse",
    "populate_cache",
    "printer_width",
    "use_colors",
    "version_check",
    "warn_error",
    "warn_error_options",
    "write_json",
];

/// The project's folder and its file, before any template in it is rendered.
pub(crate) fn project_file(
    invocation: &Invocation,
    system: &dyn System,
) -> Option<(PathBuf, Value)> {
    let current_dir = std::env::current_dir().ok()?; // a folder that is gone holds no project
    let root = match invocation.text("project_dir") {
        Some(dir) => current_dir.join(dir),
        None => find_project_root(system, &current_dir)?,
    };
    let bytes = system.read(&root.join(PROJECT_FILE_NAME)).ok()?; // said when the project is opened
    let (tree, _) = Yaml::parse(&String::from_utf8_lossy(&bytes));
    Some((root, tree.root().to_json()))
}

/// The flags of a project file that are of use.
pub(crate) fn flags_of(file: &Value) -> Map<String, Value> {
    let flags = file.get("flags").and_then(Value::as_object);
    let flags = flags.into_iter().flatten();
    flags
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, value)| {
            let is_behavior = value.is_boolean() && is_behavior(name);
            TAKEN.contains(&name.as_str()) || is_behavior
        })
        .collect()
}

/// Changes of behaviour that projects opt in to; adapters have their own, so only their form is known.
fn is_behavior(name: &str) -> bool {
    [
        "require_",
        "enable_",
        "state_modified_",
        "validate_",
        "use_fast_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "skip_nodes_if_on_run_start_fails" | "source_freshness_run_project_hooks"
        )
}

#[cfg(test)]
mod tests {
    use super::flags_of;
    use serde_json::json;

    #[test]
    fn takes_what_dbt_takes() {
        let file = json!({"flags": {
            "FAIL_FAST": true, "full_refresh": true, "require_something_new": false, "require_text": "x", "log_level": "debug",
        }});
        assert_eq!(
            json!(flags_of(&file)),
            json!({"fail_fast": true, "require_something_new": false, "log_level": "debug"})
        );
    }
}
