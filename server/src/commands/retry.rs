//! `retry`: the last command again, with its flags, for the nodes that failed or were not reached.

use std::{collections::BTreeSet, process::ExitCode};

use analysis::state::read_results;
use anyhow::{Context as _, bail};
use engine::KilledRun;
use project::{json::JsonMap, node::UniqueId};
use serde_json::Value;

use crate::{
    open::{OpenConfig, target_path},
    run_context::CommandContext,
};

/// The commands whose rest can be done.
const REPEATABLE: [&str; 7] = [
    "build", "clone", "compile", "run", "seed", "snapshot", "test",
];

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let target_path = target_path(&*context.system, &config);
    let given = context.invocation.text("state");
    let folder = given.map_or_else(|| target_path.clone(), |state| config.root.join(state));
    let killed = match given {
        Some(_) => None,
        None => KilledRun::read(&*context.system, &folder),
    };
    let KilledRun { args, open } = match killed {
        Some(killed) => killed,
        None => ended(context, &folder)?,
    };
    let which = args
        .get("which")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !REPEATABLE.contains(&which) {
        bail!(
            "the last command was `{which}`, which cannot be retried; these can: {}",
            REPEATABLE.join(", ")
        );
    }
    let invocation = context.invocation.repeating(which, &args);
    super::run(&CommandContext {
        invocation,
        repeated: Some(open),
        ..context.clone()
    })
}

/// A run that came to its end: its flags, and what did not go well.
fn ended(context: &CommandContext, folder: &std::path::Path) -> anyhow::Result<KilledRun> {
    let path = folder.join("run_results.json");
    if !context.system.is_file(&path) {
        bail!(
            "Could not find previous run in '{}' target directory",
            folder.display()
        );
    }
    let bytes = context.system.read(&path)?;
    let results = read_results(&path.display().to_string(), &bytes)?;
    let artifact: Value = serde_json::from_slice(&bytes)?;
    let args: JsonMap = artifact
        .get("args")
        .and_then(Value::as_object)
        .cloned()
        .context("run_results.json does not say what was run")?;
    let is_open = |status: &str| {
        matches!(
            status,
            "error" | "fail" | "skipped" | "runtime error" | "partial success"
        ) || status == "warn" && context.invocation.is("warn_error")
    };
    let open: BTreeSet<UniqueId> = results
        .into_iter()
        .filter(|(id, status)| is_open(status) && !id.as_str().starts_with("operation."))
        .map(|(id, _)| id)
        .collect();
    Ok(KilledRun { args, open })
}
