//! Runs what a build ran, on DuckDB alone: the floor that `cargo xtask bench` compares a build with.
//!
//! `replay TARGET_DIR DATABASE CONNECTIONS` reads the artifacts of a finished build and gives DuckDB the same statements,
//! by readiness, on as many connections: tables and views are created from the compiled SQL, tests counted. Nothing is
//! rendered, planned, logged or recorded.
#![expect(
    clippy::disallowed_methods,
    reason = "a tool for the command line reads its files itself"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    path::Path,
    sync::{Condvar, Mutex},
    thread,
};

use duckdb::Connection;
use serde_json::Value;

/// What is left to do.
#[derive(Default)]
struct Work {
    /// Statement and number of unfinished parents, by id.
    waiting: BTreeMap<String, (String, usize)>,
    children: BTreeMap<String, Vec<String>>,
    ready: Vec<(String, String)>,
    n_running: usize,
    failed: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [target, database, n_connections] = args.as_slice() else {
        return Err("usage: replay TARGET_DIR DATABASE CONNECTIONS".into());
    };
    let work = Mutex::new(read(Path::new(target))?);
    let changed = Condvar::new();
    let connection = Connection::open(database)?;
    thread::scope(|scope| {
        for _ in 0..n_connections.parse().unwrap_or(1) {
            let Ok(connection) = connection.try_clone() else {
                continue;
            };
            let (work, changed) = (&work, &changed);
            scope.spawn(move || run(&connection, work, changed));
        }
    });
    match work.into_inner().ok().and_then(|work| work.failed) {
        Some(message) => Err(message.into()),
        None => Ok(()),
    }
}

fn json(path: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn read(target: &Path) -> Result<Work, Box<dyn Error>> {
    let manifest = json(&target.join("manifest.json"))?;
    let results = json(&target.join("run_results.json"))?;
    let text = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut statements = BTreeMap::new();
    for result in results
        .get("results")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let id = text(result, "unique_id");
        let Some(node) = manifest.get("nodes").and_then(|nodes| nodes.get(&id)) else {
            continue;
        };
        let (code, relation) = (text(result, "compiled_code"), text(node, "relation_name"));
        let kind = node
            .pointer("/config/materialized")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let statement = match (text(node, "resource_type").as_str(), kind) {
            ("model", "view") => format!("create or replace view {relation} as ({code}\n)"),
            ("model", _) => format!("create or replace table {relation} as ({code}\n)"),
            ("test", _) => format!("select count(*), count(*) != 0 from ({code}\n) as rows"),
            _ => continue,
        };
        statements.insert(id, statement);
    }
    let ids: BTreeSet<String> = statements.keys().cloned().collect();
    let mut work = Work::default();
    for (id, statement) in statements {
        let parents = manifest
            .get("parent_map")
            .and_then(|map| map.get(&id))
            .and_then(Value::as_array);
        let parents: BTreeSet<&str> = parents
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|parent| ids.contains(*parent))
            .collect();
        for parent in &parents {
            work.children
                .entry((*parent).to_owned())
                .or_default()
                .push(id.clone());
        }
        if parents.is_empty() {
            work.ready.push((id, statement));
        } else {
            work.waiting.insert(id, (statement, parents.len()));
        }
    }
    Ok(work)
}

fn run(connection: &Connection, work: &Mutex<Work>, changed: &Condvar) {
    while let Some((id, statement)) = next(work, changed) {
        let outcome = connection.execute_batch(&statement);
        let Ok(mut work) = work.lock() else { return };
        work.n_running -= 1;
        if let Err(error) = outcome {
            work.failed = Some(format!("{id}: {error}"));
        }
        for child in work.children.remove(&id).unwrap_or_default() {
            let is_ready = work.waiting.get_mut(&child).is_some_and(|(_, left)| {
                *left -= 1;
                *left == 0
            });
            if is_ready && let Some((statement, _)) = work.waiting.remove(&child) {
                work.ready.push((child, statement));
            }
        }
        changed.notify_all();
    }
}

/// The next statement, once there is one; nothing when all are done or one has failed.
fn next(work: &Mutex<Work>, changed: &Condvar) -> Option<(String, String)> {
    let mut work = work.lock().ok()?;
    loop {
        if work.failed.is_some() {
            return None;
        }
        if let Some(found) = work.ready.pop() {
            work.n_running += 1;
            return Some(found);
        }
        if work.n_running == 0 {
            return None;
        }
        work = changed.wait(work).ok()?;
    }
}
