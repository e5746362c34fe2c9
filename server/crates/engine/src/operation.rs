//! `run-operation`: one macro, called by name.

use std::{sync::Arc, time::Instant};

use base::SystemError;
use jinja::{CallArgs, RenderHost, value::from_json};
use project::json::JsonMap;

use crate::{
    artifacts::write_manifest,
    live::{LiveHost, Scope, Session},
    outcome::{Outcome, Status, Timing},
    run::Journal,
    run_results::{ArtifactMetadata, RunResults},
};

/// Calls a macro with keyword arguments and writes the artifacts; an error is for people. What it did in a transaction stays
/// only if it commits, as in dbt.
pub fn run_operation(
    session: &Arc<Session>,
    metadata: &ArtifactMetadata,
    name: &str,
    args: &JsonMap,
) -> Result<(), String> {
    let began = Instant::now();
    let started_at = session.system.now();
    let called = call(session, name, args);
    if !session.flags.write_json {
        return called;
    }
    let manifest = &session.project.manifest;
    let root = &manifest.project_name;
    let found = match name.split_once('.') {
        Some((package, name)) => manifest.macro_index.find_in(package, name),
        None => manifest.macro_index.find(root, name),
    };
    let definition = found.and_then(|key| manifest.macro_definition(key));
    let id = definition.map(|definition| &*definition.unique_id);
    let written = match id {
        Some(id) => {
            let status = if called.is_ok() {
                Status::Success
            } else {
                Status::Error
            };
            let mut outcome = Outcome::untried(id.into(), status, None);
            outcome.failures = Some(i64::from(called.is_err()));
            outcome.is_compilable = false;
            outcome.execution_time = began.elapsed().as_secs_f64();
            outcome.timing = [("compile", started_at), ("execute", session.system.now())]
                .map(|(name, completed_at)| Timing {
                    name,
                    started_at,
                    completed_at,
                })
                .into();
            write(session, metadata, &outcome, (name, args))
        }
        None => Ok(()),
    };
    called.and_then(|()| written.map_err(|error| error.to_string()))
}

fn write(
    session: &Session,
    metadata: &ArtifactMetadata,
    outcome: &Outcome,
    (name, args): (&str, &JsonMap),
) -> Result<(), SystemError> {
    let mut said = (*session.flags.args).clone();
    said.insert("macro".to_owned(), name.into());
    said.insert("args".to_owned(), args.clone().into());
    let results = RunResults::new(
        Arc::clone(&session.system),
        Some(session.project.target_path.join("run_results.json")),
        metadata.clone(),
        said,
    );
    results.add(outcome)?;
    results.finish()?;
    Journal::remove_old(session);
    write_manifest(session, metadata)
}

fn call(session: &Arc<Session>, name: &str, args: &JsonMap) -> Result<(), String> {
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
