//! `on-run-start` and `on-run-end`: the project's hooks, one after the other, outside of any transaction.

use std::{sync::Arc, time::Instant};

use jinja::{HostError, Value};
use project::node::{Language, Node, NodeDetail, ResourceType};

use crate::{
    compile,
    event::{Event, NodeLine},
    live::{LiveHost, Scope, Session},
    outcome::{Outcome, Status, Timing},
    warehouse::Fetch,
};

/// Before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    /// `on-run-start`
    Start,
    /// `on-run-end`
    End,
}

impl HookKind {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "on-run-start",
            Self::End => "on-run-end",
        }
    }
}

/// Runs all hooks of a kind: those of packages by name, then the project's own. The first failure skips the rest.
pub(crate) fn run_hooks(
    session: &Arc<Session>,
    kind: HookKind,
    context: &[(&str, Value)],
) -> Vec<Outcome> {
    let hooks = hooks(session, kind);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (idx, hook) in hooks.iter().enumerate() {
        let statement = format!("{}.{}.{idx}", hook.package_name, kind.name());
        let line = NodeLine {
            is_batched: false,
            language: Language::Sql,
            unique_id: hook.unique_id.clone(),
            resource_type: ResourceType::Operation,
            name: statement.clone(),
            relation: statement.clone(),
            materialized: String::new(),
            index: idx + 1,
            total: hooks.len(),
            path: hook.original_file_path.to_string(),
        };
        let failed_before = outcomes
            .iter()
            .any(|outcome| outcome.status != Status::Success);
        let outcome = if failed_before || session.cancel.is_cancelled() {
            Outcome::untried(
                hook.unique_id.clone(),
                Status::Skipped,
                Some(format!("{statement} skipped")),
            )
        } else {
            session.reporter.report(&Event::NodeStarted(&line));
            run_hook(session, hook, &statement, context)
        };
        session.reporter.report(&Event::NodeFinished {
            node: &line,
            outcome: &outcome,
        });
        outcomes.push(outcome);
    }
    outcomes
}

fn hooks(session: &Session, kind: HookKind) -> Vec<Arc<Node>> {
    let manifest = &session.project.manifest;
    let mut hooks: Vec<Arc<Node>> = manifest
        .nodes
        .values()
        .filter(|node| {
            node.resource_type() == ResourceType::Operation
                && node.tags.iter().any(|tag| **tag == *kind.name())
        })
        .cloned()
        .collect();
    hooks.sort_by_key(|node| {
        let index = match node.detail {
            NodeDetail::Operation { index } => index,
            _ => 0,
        };
        (
            node.package_name == manifest.project_name,
            Arc::clone(&node.package_name),
            index,
        )
    });
    hooks
}

fn run_hook(
    session: &Arc<Session>,
    hook: &Arc<Node>,
    statement: &str,
    context: &[(&str, Value)],
) -> Outcome {
    let began = Instant::now();
    let mut outcome = Outcome::untried(hook.unique_id.clone(), Status::Success, None);
    "main".clone_into(&mut outcome.thread);
    let host = LiveHost::new(session, Scope::Node(Arc::clone(hook)), "main");
    host.state().extra = context
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let compile_started = session.system.now();
    let compiled = compile::compile(&host, hook);
    let execute_started = session.system.now();
    session.note_built(&hook.unique_id);
    outcome.timing.push(Timing {
        name: "compile",
        started_at: compile_started,
        completed_at: execute_started,
    });
    let executed = match compiled {
        Ok(compiled) => {
            outcome.compiled_code = Some(compiled.sql.to_string());
            let path = super::output_path(session, hook, "compiled");
            super::write_sql(session, &path, &compiled.sql)
                .map_err(|error| HostError::compilation("hook", error.to_string()))
                .and_then(|()| execute(&host, &compiled.sql))
        }
        Err(failure) => Err(HostError::compilation("hook", failure.message)),
    };
    outcome.timing.push(Timing {
        name: "execute",
        started_at: execute_started,
        completed_at: session.system.now(),
    });
    outcome.execution_time = began.elapsed().as_secs_f64();
    match executed {
        Ok(()) => {
            outcome.failures = Some(0);
            outcome.message = Some(format!("{statement} passed"));
        }
        Err(error) => {
            outcome.status = Status::Error;
            outcome.failures = Some(1);
            outcome.message = Some(format!("{statement} failed, error:\n {}", error.message));
        }
    }
    outcome
}

fn execute(host: &LiveHost, sql: &str) -> Result<(), HostError> {
    if sql.trim().is_empty() {
        // What its macros did in a transaction is to stay.
        return host
            .connection()
            .commit()
            .map_err(|error| crate::live::host_error(&error));
    }
    let mut connection = host.connection();
    let executed = connection.execute(sql, &[], Fetch::Nothing, false);
    executed
        .and_then(|_| connection.commit())
        .map_err(|error| crate::live::host_error(&error))
}
