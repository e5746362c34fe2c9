//! Rows of a node's query, without making anything: `show`, and the editor's preview.

use std::sync::Arc;

use jinja::{
    CallArgs, RenderHost, Table, Value,
    value::{text, to_json},
};
use project::node::{Node, NodeDetail};
use serde_json::Value as Json;

use crate::{
    compile::{self, Compiled},
    live::{LiveHost, Scope, Session},
    locate,
    outcome::{Failure, FailureKind},
    seed,
    warehouse::{Cell, Fetch, ResultSet, WarehouseError},
};

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The SQL that ran.
    pub sql: String,
    /// Its rows.
    pub rows: ResultSet,
}

/// Compiles a node and runs its query, for at most `limit` rows if there is one. A seed is its file, with all rows.
pub fn show(
    session: &Arc<Session>,
    node: &Arc<Node>,
    limit: Option<usize>,
) -> Result<Shown, Box<Failure>> {
    show_part(session, node, limit, |sql| Ok(sql.to_owned()))
}

/// The same with a query that is made of the compiled one, beginning with it as far as places in it are to be found again.
pub fn show_part(
    session: &Arc<Session>,
    node: &Arc<Node>,
    limit: Option<usize>,
    part: impl FnOnce(&str) -> Result<String, String>,
) -> Result<Shown, Box<Failure>> {
    if matches!(node.detail, NodeDetail::Seed { .. }) {
        let table = seed::table(session, node).map_err(|error| compilation(error.message))?;
        return Ok(Shown {
            sql: String::new(),
            rows: result_set(&table),
        });
    }
    let host = LiveHost::new(session, Scope::Node(Arc::clone(node)), "main");
    let compiled = compile::compile(&host, node)?;
    let query = part(&compiled.sql).map_err(compilation)?;
    let sql = limited(&host, &query, limit)?;
    let executed = host.connection().execute(&sql, &[], Fetch::All, false);
    match executed {
        Ok((_, rows)) => Ok(Shown { sql, rows }),
        Err(error) => Err(failed(&host, node, &compiled, &error)),
    }
}

/// A failure of a statement that has a node's SQL in it, with its place in the node's file.
pub(crate) fn failed(
    host: &LiveHost,
    node: &Arc<Node>,
    compiled: &Compiled,
    error: &WarehouseError,
) -> Box<Failure> {
    let session = &host.session;
    let mut failure = failure(session, error);
    failure.path = compile::node_path(session, node);
    // As it ran: with the comment, which is a line of its own.
    if let Some((sql, message)) = host.connection().take_failed() {
        failure.range = locate::in_template(&sql, &message, compiled)
            .and_then(|range| compile::in_file(session, node, failure.path.as_ref()?, range));
    }
    Box::new(failure)
}

/// Runs a query as it is written, and takes at most `limit` of its rows.
pub fn show_directly(
    session: &Arc<Session>,
    sql: &str,
    limit: Option<usize>,
) -> Result<Shown, Box<Failure>> {
    let package = Arc::clone(&session.project.manifest.project_name);
    let host = LiveHost::new(session, Scope::Package(package), "main");
    let fetch = limit.map_or(Fetch::All, Fetch::Limit);
    let executed = host.connection().execute(sql, &[], fetch, false);
    let sql = sql.to_owned();
    match executed {
        Ok((_, rows)) => Ok(Shown { sql, rows }),
        Err(error) => Err(Box::new(failure(session, &error))),
    }
}

/// Warehouses limit in their own ways: a macro knows how.
fn limited(host: &Arc<LiveHost>, sql: &str, limit: Option<usize>) -> Result<String, Box<Failure>> {
    let args = CallArgs {
        positional: vec![
            Value::from(sql),
            Value::from(""),
            limit.map_or_else(|| Value::from(()), Value::from),
        ],
        keyword: Vec::new(),
    };
    let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
    let called = host
        .session
        .renderer
        .call_macro(&shared, host.package(), "get_show_sql", args);
    match called.value {
        Ok(value) => Ok(jinja::value::text(&value)),
        Err(error) => Err(compilation(error.message)),
    }
}

pub(crate) fn compilation(message: String) -> Box<Failure> {
    Box::new(Failure {
        kind: FailureKind::Compilation,
        message,
        path: None,
        range: None,
        through: Vec::new(),
        compiled_path: None,
    })
}

fn result_set(table: &Table) -> ResultSet {
    let cell = |value: &Value| match to_json(value) {
        Json::Null => Cell::Null,
        Json::Bool(it) => Cell::Bool(it),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(it), _) => Cell::Int(it.into()),
            (None, Some(it)) => Cell::Float(it),
            (None, None) => Cell::Text(number.to_string()),
        },
        Json::String(_) | Json::Array(_) | Json::Object(_) => Cell::Text(text(value)),
    };
    let columns = table.columns().iter();
    let rows = table.rows().iter();
    ResultSet {
        columns: columns.map(|column| column.name.clone()).collect(),
        types: Vec::new(),
        rows: rows.map(|row| row.iter().map(cell).collect()).collect(),
    }
}

fn failure(session: &Session, error: &WarehouseError) -> Failure {
    Failure {
        kind: match error {
            WarehouseError::Cancelled => FailureKind::Cancelled,
            _ => session.adapter.database_failure(),
        },
        message: error.to_string(),
        path: None,
        range: None,
        through: Vec::new(),
        compiled_path: None,
    }
}

/// The SQL of a node.
pub fn compiled_sql(session: &Arc<Session>, node: &Arc<Node>) -> Result<String, Box<Failure>> {
    let host = LiveHost::new(session, Scope::Node(Arc::clone(node)), "main");
    Ok(compile::compile(&host, node)?.sql.to_string())
}
