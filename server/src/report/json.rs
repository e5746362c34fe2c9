//! `--log-format json`: an object a line with dbt's `info` and `data`.

use std::{borrow::Cow, sync::OnceLock};

use base::{OsSystem, System as _};
use engine::{BatchLine, Event, MessageLevel, NodeLine, Outcome, Reporter, Status, timestamp};
use project::node::ResourceType;
use serde_json::{Value, json};

use super::output;

/// Every line says which invocation it is from.
static INVOCATION_ID: OnceLock<String> = OnceLock::new();

/// The invocation of all lines that follow.
pub(super) fn begin(invocation_id: &str) {
    INVOCATION_ID.get_or_init(|| invocation_id.to_owned());
}

pub(super) struct JsonLog {
    is_debug: bool,
}

impl JsonLog {
    pub(super) fn new(is_debug: bool) -> Self {
        Self { is_debug }
    }
}

impl Reporter for JsonLog {
    fn report(&self, event: &Event<'_>) {
        let (_, level, _) = described(event);
        if level == "debug" && !self.is_debug {
            return;
        }
        output(&line(event));
    }
}

/// An event as a line of its own. The end of a node is two of them in dbt: that of its work, and that of the node.
pub(super) fn line(event: &Event<'_>) -> String {
    let (name, level, message) = described(event);
    let line = object(name, level, &message, &data(event));
    let Event::NodeFinished { node, outcome } = event else {
        return line;
    };
    let name = match node.resource_type {
        ResourceType::Model => "LogModelResult",
        ResourceType::Seed => "LogSeedResult",
        ResourceType::Snapshot => "LogSnapshotResult",
        ResourceType::Test => "LogTestResult",
        _ => return line,
    };
    let data = json!({
        "node_info": finished_info(node, outcome),
        "name": node.name,
        "status": outcome.status.name(),
        "index": node.index,
        "total": node.total,
        "num_models": node.total,
        "num_failures": outcome.failures.unwrap_or(0),
        "execution_time": outcome.execution_time,
    });
    object(name, level, &message, &data) + &line
}

/// What is no event of a run: an error, the beginning of a log.
pub(super) fn note(level: &str, message: &str) -> String {
    object("Note", level, message, &json!({"msg": message}))
}

fn object(name: &str, level: &str, message: &str, data: &Value) -> String {
    let line = json!({
        "info": {
            "name": name,
            "level": level,
            "msg": message,
            "ts": timestamp(OsSystem.now()),
            "pid": std::process::id(),
            "invocation_id": INVOCATION_ID.get(),
            "thread": std::thread::current().name(),
        },
        "data": data,
    });
    format!("{line}\n")
}

/// dbt's name of an event, its level, and its line.
pub(super) fn described<'a>(event: &Event<'a>) -> (&'static str, &'static str, Cow<'a, str>) {
    match event {
        Event::Found(what) => ("FoundStats", "info", format!("Found {what}").into()),
        Event::Started {
            threads, target, ..
        } => (
            "ConcurrencyLine",
            "info",
            format!("Concurrency: {threads} threads (target='{target}')").into(),
        ),
        Event::NothingToDo => ("NothingToDo", "warn", engine::NOTHING_TO_DO.into()),
        Event::NodeStarted(node) => (
            "NodeStart",
            "info",
            format!("Began running node {}", node.unique_id).into(),
        ),
        Event::BatchStarted { node, batch } => (
            "LogStartBatch",
            "info",
            batch_text("START", node, batch).into(),
        ),
        Event::BatchFinished {
            node,
            batch,
            outcome,
        } => {
            let (level, what) = match outcome.status {
                Status::Error => ("error", "ERROR creating"),
                Status::Skipped => ("info", "SKIP"),
                _ => ("info", "OK created"),
            };
            (
                "LogBatchResult",
                level,
                batch_text(what, node, batch).into(),
            )
        }
        Event::NodeFinished { node, outcome } => (
            "NodeFinished",
            if matches!(
                outcome.status,
                Status::Error | Status::Fail | Status::PartialSuccess
            ) {
                "error"
            } else {
                "info"
            },
            format!("Finished running node {}", node.unique_id).into(),
        ),
        Event::Message {
            level, text, event, ..
        } => (
            event,
            match level {
                MessageLevel::Debug => "debug",
                MessageLevel::Info | MessageLevel::Print => "info",
                MessageLevel::Warn => "warn",
            },
            (*text).into(),
        ),
        Event::Query { sql, .. } => ("SQLQuery", "debug", (*sql).into()),
        Event::Finished { counts, .. } => (
            "EndRunResult",
            "info",
            format!(
                "Done. PASS={} WARN={} ERROR={} SKIP={} TOTAL={}",
                counts.pass, counts.warn, counts.error, counts.skip, counts.total
            )
            .into(),
        ),
    }
}

/// What programs read of an event.
fn data(event: &Event<'_>) -> Value {
    match event {
        Event::Found(what) => json!({"stat_line": what}),
        Event::Started {
            threads,
            target,
            total,
        } => json!({"num_threads": threads, "target_name": target, "node_count": total}),
        Event::NothingToDo => json!({}),
        Event::NodeStarted(node) => json!({"node_info": node_info(node)}),
        Event::BatchStarted { node, batch } => json!({
            "node_info": node_info(node),
            "description": described_batch(node, batch),
            "batch_index": batch.index,
            "total_batches": batch.total,
        }),
        Event::BatchFinished {
            node,
            batch,
            outcome,
        } => json!({
            "node_info": node_info(node),
            "description": described_batch(node, batch),
            "batch_index": batch.index,
            "total_batches": batch.total,
            "status": outcome.status.name(),
            "execution_time": outcome.execution_time,
        }),
        Event::NodeFinished { node, outcome } => {
            json!({"node_info": finished_info(node, outcome), "run_result": run_result(outcome)})
        }
        Event::Message { text, node, .. } => {
            json!({"msg": text, "node_info": {"unique_id": node.map(ToString::to_string)}})
        }
        Event::Query { sql, node } => {
            json!({"sql": sql, "conn_name": node.map(ToString::to_string)})
        }
        Event::Finished {
            counts, elapsed, ..
        } => json!({
            "elapsed_time": elapsed.as_secs_f64(),
            "success": counts.error == 0 && counts.skip == 0,
            "stats": {"pass": counts.pass, "warn": counts.warn, "error": counts.error, "skip": counts.skip, "noop": counts.no_op, "total": counts.total},
        }),
    }
}

/// `batch 2024-01-31 of main.orders`
fn described_batch(node: &NodeLine, batch: &BatchLine) -> String {
    format!("batch {} of {}", batch.label, node.relation)
}

fn batch_text(what: &str, node: &NodeLine, batch: &BatchLine) -> String {
    let (index, total) = (batch.index, batch.total);
    format!(
        "Batch {index} of {total} {what} {}",
        described_batch(node, batch)
    )
}

fn node_info(node: &NodeLine) -> Value {
    json!({
        "unique_id": node.unique_id.as_str(),
        "resource_type": node.resource_type.name(),
        "node_name": node.name,
        "materialized": node.materialized,
        "node_path": node.path,
        "index": node.index,
        "total": node.total,
    })
}

/// With the status and the times.
fn finished_info(node: &NodeLine, outcome: &Outcome) -> Value {
    let mut info = node_info(node);
    if let Value::Object(info) = &mut info {
        let status = outcome.status.name();
        info.insert("node_status".to_owned(), status.into());
        // dbt's times are in UTC and do not say so.
        let time = |at| timestamp(at).trim_end_matches('Z').to_owned();
        let started = outcome.timing.first().map(|step| time(step.started_at));
        let finished = outcome.timing.last().map(|step| time(step.completed_at));
        info.insert("node_started_at".to_owned(), started.into());
        info.insert("node_finished_at".to_owned(), finished.into());
    }
    info
}

fn run_result(outcome: &Outcome) -> Value {
    json!({
        "status": outcome.status.name(),
        "message": outcome.message,
        "thread": outcome.thread,
        "execution_time": outcome.execution_time,
        "num_failures": outcome.failures,
        "adapter_response": outcome.adapter_response,
    })
}
