//! `--state` and `--defer-state`: the artifacts of an earlier run, read and checked.

use std::{collections::BTreeMap, path::Path};

use analysis::state::{PreviousManifest, PreviousState, read_results, read_sources};
use anyhow::{Context as _, bail};
use base::System;
use engine::{Deferral, DeferredRelation, timestamp};

use crate::cli::Invocation;

/// What `--state` names, if it is given. What is not there is asked for when a selection needs it.
pub(super) fn previous(
    invocation: &Invocation,
    system: &dyn System,
    root: &Path,
    target_path: &Path,
) -> anyhow::Result<Option<PreviousState>> {
    let Some(state) = invocation.text("state") else {
        return Ok(None);
    };
    let folder = root.join(state);
    let now = timestamp(system.now());
    let mut previous = PreviousState {
        today: now.get(..10).unwrap_or_default().to_owned(),
        manifest: manifest(system, &folder)?,
        ..PreviousState::default()
    };
    if let Some((name, bytes)) = file(system, &folder, "run_results.json")? {
        previous.results = Some(read_results(&name, &bytes)?);
    }
    if let Some((name, bytes)) = file(system, &folder, "sources.json")? {
        previous.sources = Some(read_sources(&name, &bytes)?);
    }
    if let Some((name, bytes)) = file(system, target_path, "sources.json")? {
        previous.current_sources = Some(read_sources(&name, &bytes)?);
    }
    Ok(Some(previous))
}

/// Where to read what this environment has not, if it is asked for.
pub(crate) fn deferral(
    invocation: &Invocation,
    system: &dyn System,
    root: &Path,
) -> anyhow::Result<Deferral> {
    if !invocation.is("defer") && invocation.command != "clone" {
        return Ok(Deferral::default());
    }
    let state = invocation
        .text("defer_state")
        .or_else(|| invocation.text("state"));
    let state = state
        .context("--state or --defer-state are required for deferral, but neither was provided")?;
    let Some(manifest) = manifest(system, &root.join(state))? else {
        bail!("Could not find manifest in --state path: \"{state}\"");
    };
    let relations = manifest
        .resources
        .into_iter()
        .filter(|(_, it)| it.is_relation());
    let relations: BTreeMap<_, _> = relations
        .map(|(id, it)| {
            let relation = DeferredRelation {
                materialized: it.materialized().to_owned(),
                database: it.database,
                schema: it.schema.unwrap_or_default(),
                alias: it.alias.unwrap_or(it.name),
            };
            (id, relation)
        })
        .collect();
    Ok(Deferral {
        relations,
        favors_state: invocation.is("favor_state"),
    })
}

fn manifest(system: &dyn System, folder: &Path) -> anyhow::Result<Option<PreviousManifest>> {
    let found = file(system, folder, "manifest.json")?;
    Ok(match found {
        Some((name, bytes)) => Some(PreviousManifest::read(&name, &bytes)?),
        None => None,
    })
}

/// An artifact with its path, if there is one.
fn file(
    system: &dyn System,
    folder: &Path,
    name: &str,
) -> anyhow::Result<Option<(String, Vec<u8>)>> {
    let path = folder.join(name);
    if !system.is_file(&path) {
        return Ok(None);
    }
    let bytes = system.read(&path)?;
    Ok(Some((path.display().to_string(), bytes)))
}
