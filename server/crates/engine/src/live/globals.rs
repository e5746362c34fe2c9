//! The names of the context that only a run has, and the functions that only a run can serve.

use std::sync::Arc;

use jinja::{
    CallArgs, HostError, RUNTIME_CONFIG, RenderHost, TemplateInput, Value,
    value::{dict, from_json, list, pairs, text},
};

use analysis::context::point_in_time;
use project::{
    manifest_json::{Compiled, NodeJson},
    node::{Node, NodeDetail},
};

use super::{event_time::Batch, host::LiveHost, lazy::Lazy, python_job, runtime_config};
use crate::{foreign_keys, seed};

/// A name of the context.
pub(super) fn global(host: &LiveHost, name: &str) -> Option<Value> {
    if let Some((_, value)) = host.state().extra.iter().find(|(known, _)| known == name) {
        return Some(value.clone());
    }
    let session = &host.session;
    Some(match name {
        "sql" | "compiled_code" => Value::from(&**host.state().sql.as_ref()?),
        "model" | "node" => return model(host),
        "target" => from_json(&serde_json::Value::Object(
            session.project.manifest.profile.as_ref()?.target_json(),
        )),
        "project_name" => Value::from(&*session.project.manifest.project_name),
        "flags" => from_json(&serde_json::Value::Object((*session.flags.context).clone())),
        "invocation_args_dict" => {
            from_json(&serde_json::Value::Object((*session.flags.args).clone()))
        }
        RUNTIME_CONFIG => runtime_config::value(session),
        "dbt_version" => Value::from(project::project_file::DBT_VERSION),
        "invocation_id" => Value::from(session.invocation_id.as_str()),
        "thread_id" => Value::from(host.thread.as_str()),
        "run_started_at" => point_in_time(session.started_at),
        "selected_resources" => list(session.selected.iter().map(|id| Value::from(id.as_str()))),
        "dbt_metadata_envs" => dict(metadata_env(host)),
        "graph" => session
            .graph
            .get_or_init(|| {
                let project = Arc::clone(&session.project);
                Lazy::value(move || from_json(&crate::artifacts::graph(&project)))
            })
            .clone(),
        "schema" | "database" if host.context.is_none() => from_json(
            session
                .project
                .manifest
                .profile
                .as_ref()?
                .target_json()
                .get(name)?,
        ),
        _ => return host.context.as_ref()?.global(name),
    })
}

/// `model`: the node as the manifest has it, and its compiled SQL once there is some.
fn model(host: &LiveHost) -> Option<Value> {
    let node = Arc::clone(host.node()?);
    let (sql, batch) = {
        let state = host.state();
        (state.sql.clone(), state.batch.clone())
    };
    let project = &host.session.project;
    // As dbt's, a node that is compiled has its foreign keys pointing at relations.
    let resolved = sql
        .is_some()
        .then(|| foreign_keys::resolved(project, Some(&host.session), &node));
    Some(value_of(
        resolved.flatten().map_or(node, Arc::new),
        sql,
        batch,
    ))
}

/// A node as templates see it while a run goes on.
pub(crate) fn node_value(node: Arc<Node>, sql: Option<Arc<str>>) -> Value {
    value_of(node, sql, None)
}

fn value_of(node: Arc<Node>, sql: Option<Arc<str>>, batch: Option<Batch>) -> Value {
    let known = Arc::clone(&node);
    let batch = batch.map(|batch| batch.value());
    let known_batch = batch.clone();
    let make = move || {
        let compiled = sql.as_ref().map(|sql| Compiled {
            code: Some(sql.to_string()),
            ..Compiled::default()
        });
        let json = NodeJson {
            node: &node,
            created_at: 0.0,
            compiled: compiled.as_ref(),
        };
        // Keys are text and numbers finite: it cannot fail to be JSON.
        let value = from_json(&serde_json::to_value(json).unwrap_or_default());
        match &batch {
            Some(batch) => dict(
                pairs(&value)
                    .into_iter()
                    .chain([(Value::from("batch"), batch.clone())]),
            ),
            None => value,
        }
    };
    Lazy::with_known(make, move |key| match key {
        "batch" => known_batch.clone(),
        _ => known_entry(&known, key),
    })
}

/// What every materialization asks of its node: for these few the whole need not be made.
fn known_entry(node: &Node, key: &str) -> Option<Value> {
    Some(Value::from(match key {
        "name" => &*node.name,
        "alias" => &*node.alias,
        "unique_id" => node.unique_id.as_str(),
        "resource_type" => node.resource_type().name(),
        "language" if !matches!(node.detail, NodeDetail::Seed { .. }) => node.language.name(),
        _ => return None,
    }))
}

/// `DBT_ENV_CUSTOM_ENV_*` without the prefix.
fn metadata_env(host: &LiveHost) -> Vec<(String, Value)> {
    let vars = host.session.system.env_vars().into_iter();
    vars.filter_map(|(name, value)| {
        Some((
            name.strip_prefix("DBT_ENV_CUSTOM_ENV_")?.to_owned(),
            Value::from(value),
        ))
    })
    .collect()
}

/// `config.get(name)`
pub(super) fn config_value(host: &LiveHost, name: &str) -> Option<Value> {
    // The flag decides for tests that do not say.
    if name == "store_failures" && host.session.flags.store_failures {
        let said = host
            .node()
            .and_then(|node| node.config.explicit().get("store_failures").cloned());
        return Some(said.map_or_else(|| Value::from(true), |said| from_json(&said)));
    }
    if name == "snapshot_table_column_names" {
        return snapshot_columns(host);
    }
    host.context.as_ref()?.config_value(name)
}

/// The columns that a snapshot adds: as `snapshot_meta_column_names` says, or by their usual names.
fn snapshot_columns(host: &LiveHost) -> Option<Value> {
    let names = host.node()?.config.get("snapshot_meta_column_names")?;
    let columns = names.as_object()?.iter().map(|(usual, own)| {
        let name = own.as_str().unwrap_or(usual);
        (usual.clone(), Value::from(name))
    });
    Some(dict(columns.collect::<Vec<_>>()))
}

/// A function of the context that only a run can serve.
pub(super) fn call(host: &LiveHost, name: &str, args: &CallArgs) -> Result<Value, HostError> {
    match name {
        "write" => {
            host.state().written = Some(args.text(0, "payload")?);
            Ok(Value::from(""))
        }
        "load_agate_table" => match host.node() {
            Some(node) => seed::table(&host.session, node).map(jinja::Table::into_value),
            None => Err(HostError::compilation(
                "no-seed",
                "`load_agate_table` can only be called while a seed is loaded",
            )),
        },
        "render" => {
            let template = args.text(0, "string")?;
            render(host, &template).map(Value::from)
        }
        "submit_python_job" => python_job::submit(host, args),
        other => Err(HostError::compilation(
            "unsupported",
            format!("`{other}` is not supported"),
        )),
    }
}

/// A template inside the node's context: a hook.
fn render(host: &LiveHost, template: &str) -> Result<String, HostError> {
    let this: Arc<dyn RenderHost> = host.shared().ok_or_else(HostError::cancelled)?;
    let input = TemplateInput {
        name: "hook",
        package: host.package(),
        file: None,
        start: 0,
        text: template,
    };
    let rendered = host.session.renderer.render(&this, input);
    match rendered.error {
        None => Ok(rendered.text),
        Some(error) => Err(HostError::compilation(error.code, error.message)),
    }
}

/// The text of a value, for messages.
pub(super) fn shown(value: &Value) -> String {
    text(value)
}
