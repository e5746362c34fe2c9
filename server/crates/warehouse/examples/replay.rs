//! Runs what a build ran, on DuckDB alone: the floor that `cargo xtask bench` compares a build with.
//!
//! `replay MANIFEST LOG DATABASE CONNECTIONS` reads the log of a finished build (`--debug --log-format json`) and gives DuckDB
//! the same statements, by readiness, on as many connections; those of a model in one transaction, as they were. Nothing is
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

/// Of one node, in order.
type Statements = Vec<String>;

/// What is left to do.
#[derive(Default)]
struct Work {
    /// Statements and number of unfinished parents, by id.
    waiting: BTreeMap<String, (Statements, usize)>,
    children: BTreeMap<String, Vec<String>>,
    ready: BTreeMap<String, Statements>,
    n_running: usize,
    failed: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [manifest, log, database, n_connections] = args.as_slice() else {
        return Err("usage: replay MANIFEST LOG DATABASE CONNECTIONS".into());
    };
    let work = Mutex::new(read(Path::new(manifest), Path::new(log))?);
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

fn read(manifest: &Path, log: &Path) -> Result<Work, Box<dyn Error>> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest)?)?;
    let mut statements: BTreeMap<String, Statements> = BTreeMap::new();
    for line in std::fs::read_to_string(log)?.lines() {
        let event: Value = serde_json::from_str(line)?;
        if event.pointer("/info/name").and_then(Value::as_str) != Some("SQLQuery") {
            continue;
        }
        let text = |name| event.pointer(name).and_then(Value::as_str);
        // What belongs to no node looks at what is there before a run begins.
        if let (Some(id), Some(sql)) = (text("/data/conn_name"), text("/data/sql")) {
            statements
                .entry(id.to_owned())
                .or_default()
                .push(sql.to_owned());
        }
    }
    let ids: BTreeSet<String> = statements.keys().cloned().collect();
    let mut work = Work::default();
    for (id, statement) in statements {
        let mut parents = BTreeSet::new();
        add_parents(&manifest, &ids, &id, &mut parents);
        for parent in &parents {
            work.children
                .entry((*parent).to_owned())
                .or_default()
                .push(id.clone());
        }
        if parents.is_empty() {
            work.ready.insert(id, statement);
        } else {
            work.waiting.insert(id, (statement, parents.len()));
        }
    }
    Ok(work)
}

/// What a statement waits for. An ephemeral model is no statement: what reads it waits for what it reads.
fn add_parents<'a>(
    manifest: &'a Value,
    ids: &BTreeSet<String>,
    id: &str,
    parents: &mut BTreeSet<&'a str>,
) {
    let of_id = manifest
        .get("parent_map")
        .and_then(|map| map.get(id))
        .and_then(Value::as_array);
    for parent in of_id.into_iter().flatten().filter_map(Value::as_str) {
        if ids.contains(parent) {
            parents.insert(parent);
        } else {
            add_parents(manifest, ids, parent, parents);
        }
    }
}

fn run(connection: &Connection, work: &Mutex<Work>, changed: &Condvar) {
    while let Some((id, statements)) = next(work, changed) {
        let outcome = run_all(connection, &id, &statements);
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
                work.ready.insert(child, statement);
            }
        }
        changed.notify_all();
    }
}

/// A build says in a comment who sends a statement.
fn without_comment(sql: &str) -> &str {
    let sql = sql.trim_start();
    let after = sql.strip_prefix("/*").and_then(|it| it.split_once("*/"));
    after.map_or(sql, |(_, rest)| rest.trim_start())
}

/// Tests only read; all else is done in one transaction.
fn run_all(connection: &Connection, id: &str, statements: &[String]) -> duckdb::Result<()> {
    if id.starts_with("test.") {
        return statements
            .iter()
            .try_for_each(|sql| connection.execute_batch(sql));
    }
    connection.execute_batch("begin")?;
    for sql in statements {
        // A node drops what it replaced when the new is safe.
        if without_comment(sql).starts_with("drop ") {
            connection.execute_batch("commit; begin")?;
        }
        connection.execute_batch(sql)?;
    }
    connection.execute_batch("commit")
}

/// The next statements, once there is one; nothing when all are done or one has failed.
fn next(work: &Mutex<Work>, changed: &Condvar) -> Option<(String, Statements)> {
    let mut work = work.lock().ok()?;
    loop {
        if work.failed.is_some() {
            return None;
        }
        if let Some(found) = work.ready.pop_first() {
            work.n_running += 1;
            return Some(found);
        }
        if work.n_running == 0 {
            return None;
        }
        work = changed.wait(work).ok()?;
    }
}
