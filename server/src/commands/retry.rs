//! `retry`: the last command again, with its flags, for the nodes that failed or were not reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

use analysis::state::read_results;
use anyhow::{Context as _, bail};
use engine::{BatchResults, KilledRun};
use project::{
    event_time::{IsoMoment, TimeWindow},
    json::JsonMap,
    node::UniqueId,
};
use serde_json::Value;

use crate::{
    cli::Invocation,
    open::{OpenConfig, target_path},
    run_context::{CommandContext, Repeated, warn_error::warn_error_options},
};

/// The commands whose rest can be done.
const REPEATABLE: [&str; 8] = [
    "build",
    "clone",
    "compile",
    "run",
    "run-operation",
    "seed",
    "snapshot",
    "test",
];

/// What stands for secrets in what is written.
const STARS: &str = "*****";

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let target_path = target_path(&*context.system, &config);
    let given = context.invocation.text("state");
    let folder = given.map_or_else(|| target_path.clone(), |state| config.root.join(state));
    let killed = match given {
        Some(_) => None,
        None => KilledRun::read(
            &*context.system,
            &folder,
            context.invocation.is("warn_error"),
        ),
    };
    let (args, repeated) = match killed {
        Some(KilledRun {
            args,
            open,
            uncertain,
        }) => {
            for id in &uncertain {
                context.tell_warning("Note", &twice(id));
            }
            let repeated = Repeated {
                open,
                ..Repeated::default()
            };
            (args, repeated)
        }
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
    if which == "run-operation" && repeated.open.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut invocation = context.invocation.repeating(which, &args);
    refuse_stars(&invocation)?;
    if let Some(name) = args.get("macro").and_then(Value::as_str) {
        invocation.positional = vec![name.to_owned()];
    }
    super::run(&CommandContext {
        warnings: warn_error_options(&invocation)?,
        invocation,
        repeated: Some(repeated),
        ..context.clone()
    })
}

/// What to say of a model that may have added its rows already.
fn twice(id: &UniqueId) -> String {
    let name = id.as_str().rsplit('.').next().unwrap_or_default();
    format!(
        "the run was killed while `{id}` committed: its new rows may be there, and are added now; look whether some are there twice, and if so \
         build it anew with `dagsmith run --select {name} --full-refresh`"
    )
}

/// Secrets are not written down, so that nobody can repeat them.
fn refuse_stars(invocation: &Invocation) -> anyhow::Result<()> {
    let has_stars = |value: &Value| value.to_string().contains(STARS);
    match invocation.values().iter().find(|(_, it)| has_stars(it)) {
        Some((name, _)) if name == "vars" => bail!(
            "`--vars` of the last command had a secret, which is written down nowhere: give them again, `dagsmith retry --vars '{{...}}'`"
        ),
        Some((name, _)) => bail!(
            "`--{}` of the last command had a secret, which is written down nowhere: run the command itself again, with `--select result:error+ \
             result:fail+ result:skipped+ --state` and a copy of the target path",
            name.replace('_', "-")
        ),
        None => Ok(()),
    }
}

/// A run that came to its end: its flags, and what did not go well.
fn ended(
    context: &CommandContext,
    folder: &std::path::Path,
) -> anyhow::Result<(JsonMap, Repeated)> {
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
    let started_at = artifact
        .pointer("/metadata/invocation_started_at")
        .and_then(Value::as_str)
        .and_then(IsoMoment::parse);
    let repeated = Repeated {
        open,
        batches: open_batches(&artifact),
        started_at: started_at.map(|at| at.instant().into()),
    };
    Ok((args, repeated))
}

/// The models of which some batches were built; where none was, the model begins anew.
fn open_batches(artifact: &Value) -> BTreeMap<UniqueId, BatchResults> {
    let windows = |result: &Value, side: &str| -> Vec<TimeWindow> {
        let pairs = result.pointer(&format!("/batch_results/{side}"));
        let time = |pair: &Value, idx: usize| {
            let text = pair.get(idx).and_then(Value::as_str);
            Some(IsoMoment::parse(text?)?.instant())
        };
        let window = |pair: &Value| {
            Some(TimeWindow {
                start: time(pair, 0)?,
                end: time(pair, 1)?,
            })
        };
        let pairs = pairs.and_then(Value::as_array).into_iter().flatten();
        pairs.filter_map(window).collect()
    };
    let results = artifact.get("results").and_then(Value::as_array);
    let of_result = |result: &Value| {
        let id = result.get("unique_id").and_then(Value::as_str)?;
        let batches = BatchResults {
            successful: windows(result, "successful"),
            failed: windows(result, "failed"),
        };
        let is_begun = !batches.successful.is_empty() && !batches.failed.is_empty();
        is_begun.then(|| (UniqueId::from(id), batches))
    };
    results
        .into_iter()
        .flatten()
        .filter_map(of_result)
        .collect()
}
