//! `run-operation`: one macro, called by name.

use std::sync::Arc;

use jinja::{CallArgs, RenderHost, value::from_json};
use project::json::JsonMap;

use crate::live::{LiveHost, Scope, Session};

/// Calls a macro with keyword arguments; an error is for people. What it did in a transaction stays only if it
/// commits, as in dbt.
pub fn run_operation(session: &Arc<Session>, name: &str, args: &JsonMap) -> Result<(), String> {
    let root = Arc::clone(&session.project.manifest.project_name);
    let package: Arc<str> = name
        .split_once('.')
        .map_or(root, |(package, _)| package.into());
    let host = LiveHost::new(session, Scope::Package(package), "main");
    let shared: Arc<dyn RenderHost> = Arc::clone(&host) as Arc<dyn RenderHost>;
    let args = CallArgs {
        positional: Vec::new(),
        keyword: args
            .iter()
            .map(|(name, value)| (name.clone(), from_json(value)))
            .collect(),
    };
    let called = session
        .renderer
        .call_macro(&shared, host.package(), name, args);
    match called.value {
        Ok(_) => Ok(()),
        Err(error) => {
            let through: Vec<String> = error
                .stack
                .iter()
                .map(|frame| format!("\n  > in {}", frame.name))
                .collect();
            Err(format!("{}{}", error.message, through.concat()))
        }
    }
}
