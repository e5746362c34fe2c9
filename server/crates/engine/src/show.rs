//! Rows of a node's query, without making anything: `show`, and the editor's preview.

use std::sync::Arc;

use jinja::{CallArgs, RenderHost, Value};
use project::node::Node;

use crate::{
    compile,
    live::{LiveHost, Scope, Session},
    locate,
    outcome::{Failure, FailureKind},
    warehouse::{Fetch, ResultSet, WarehouseError},
};

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The SQL that ran.
    pub sql: String,
    /// Its rows.
    pub rows: ResultSet,
}

/// Compiles a node and runs its query, for at most `limit` rows if there is one.
pub fn show(
    session: &Arc<Session>,
    node: &Arc<Node>,
    limit: Option<usize>,
) -> Result<Shown, Box<Failure>> {
    let host = LiveHost::new(session, Scope::Node(Arc::clone(node)), "main");
    let compiled = compile::compile(&host, node)?;
    let sql = limited(&host, &compiled.sql, limit)?;
    let executed = host.connection().execute(&sql, &[], Fetch::All, false);
    match executed {
        Ok((_, rows)) => Ok(Shown { sql, rows }),
        Err(error) => {
            let mut failure = failure(&error);
            failure.path = compile::node_path(session, node);
            failure.range = locate::in_template(&sql, &failure.message, &compiled)
                .and_then(|range| compile::in_file(session, node, failure.path.as_ref()?, range));
            Err(Box::new(failure))
        }
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
        Err(error) => Err(Box::new(Failure {
            kind: FailureKind::Compilation,
            message: error.message,
            path: None,
            range: None,
            through: Vec::new(),
            compiled_path: None,
        })),
    }
}

fn failure(error: &WarehouseError) -> Failure {
    Failure {
        kind: match error {
            WarehouseError::Cancelled => FailureKind::Cancelled,
            _ => FailureKind::Database,
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
