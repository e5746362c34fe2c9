//! What `on-run-end` hooks see of the run that ended.

use std::{collections::BTreeSet, sync::Arc};

use jinja::{
    Value,
    value::{dict, list},
};
use project::node::{Node, ResourceType};

use crate::{
    live::{self, Session},
    outcome::{Outcome, Status},
};

/// What `on-run-end` hooks see beside the usual: `results`, `schemas`, `database_schemas`.
pub(super) fn of(session: &Session, outcomes: &[Outcome]) -> Vec<(&'static str, Value)> {
    let mut schemas: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    let mut results = Vec::new();
    for outcome in outcomes {
        let node = session.project.node(&outcome.unique_id);
        results.extend(result_value(node, outcome));
        let Some(node) = node else { continue };
        let is_relation = matches!(
            node.resource_type(),
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        if is_relation && !outcome.status.is_bad() {
            schemas.insert((
                node.database.as_deref().map(str::to_owned),
                node.schema.to_string(),
            ));
        }
    }
    let names: BTreeSet<String> = schemas.iter().map(|(_, schema)| schema.clone()).collect();
    vec![
        ("results", list(results)),
        ("schemas", list(names.into_iter().map(Value::from))),
        (
            "database_schemas",
            list(
                schemas
                    .into_iter()
                    .map(|(database, schema)| list([Value::from(database), Value::from(schema)])),
            ),
        ),
    ]
}

/// What a hook sees of an outcome; hooks that went well are not among them.
fn result_value(node: Option<&Arc<Node>>, outcome: &Outcome) -> Option<Value> {
    if outcome.thread == "main" && outcome.status != Status::Error {
        return None;
    }
    let id = &outcome.unique_id;
    let node = match node {
        Some(node) => live::node_value(Arc::clone(node), None),
        None => dict([
            ("unique_id", Value::from(id.as_str())),
            ("name", Value::from(id.as_str().rsplit('.').next())),
            (
                "resource_type",
                Value::from(id.resource_type().map(ResourceType::name)),
            ),
        ]),
    };
    let response = serde_json::Value::Object(outcome.adapter_response.clone());
    Some(dict([
        ("status", Value::from(outcome.status.name())),
        ("node", node),
        ("unique_id", Value::from(outcome.unique_id.as_str())),
        ("message", Value::from(outcome.message.as_deref())),
        ("failures", Value::from(outcome.failures)),
        ("execution_time", Value::from(outcome.execution_time)),
        ("thread_id", Value::from(outcome.thread.as_str())),
        ("adapter_response", jinja::value::from_json(&response)),
        (
            "timing",
            list(
                outcome
                    .timing
                    .iter()
                    .map(|step| dict([("name", Value::from(step.name))])),
            ),
        ),
    ]))
}
