//! `adapter`: dispatch and execution here, everything else by the host.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use minijinja::State;
use minijinja::value::{Object, ObjectRepr, Tuple};

use super::{behavior::behavior, statements::Response};
use crate::render::{HostError, MacroRef, QueryRequest, Session, host_error, session};
use crate::value::{CallArgs, EngineError, Value};

/// Holds the session weakly: the session keeps values.
pub(super) struct Adapter(Weak<Session>);

impl Adapter {
    pub(super) fn new(session: &Arc<Session>) -> Self {
        Self(Arc::downgrade(session))
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adapter")
    }
}

impl Object for Adapter {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "Relation" => super::api::api().get_attr("Relation").ok(),
            "Column" => super::api::api().get_attr("Column").ok(),
            "behavior" => Some(behavior(&*self.0.upgrade()?)),
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let session = session(state)?;
        let args = CallArgs::from_engine(args);
        match method {
            "dispatch" => dispatch(&session, &args),
            "execute" => execute(&session, &args),
            _ => session.host.adapter_call(method, &args).map_err(host_error),
        }
    }
}

/// `adapter.dispatch('name', 'namespace')`: the macro that fits the warehouse.
fn dispatch(session: &Session, args: &CallArgs) -> Result<Value, EngineError> {
    let name = args.required_text("dispatch", 0, "macro_name")?;
    if name.contains('.') {
        return Err(host_error(HostError::compilation(
            "invalid-dispatch",
            format!(
                "`adapter.dispatch` takes the namespace as its second argument, not as part of the name `{name}`"
            ),
        )));
    }
    let namespace = args.optional_text(1, "macro_namespace");
    session
        .host
        .dispatch(&session.package, &name, namespace.as_deref())
        .map(MacroRef::value)
        .map_err(host_error)
}

/// `adapter.execute(sql, auto_begin=false, fetch=false, limit=none)`: the response and the rows.
fn execute(session: &Session, args: &CallArgs) -> Result<Value, EngineError> {
    let request = QueryRequest {
        sql: args.required_text("execute", 0, "sql")?,
        auto_begin: args.is_true_or(1, "auto_begin", false),
        fetch: args.is_true_or(2, "fetch", false),
        limit: args.get(3, "limit").and_then(Value::as_usize),
    };
    let result = session.host.query(&request).map_err(host_error)?;
    Ok(Value::from(Tuple::from([
        Response::value(result.response),
        result.table.into_value(),
    ])))
}
