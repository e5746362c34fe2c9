//! `config(...)`, `config.get(...)` and its relatives.
//!
//! While dbt parses, nothing can be read from the config that is being put together: `config.get` gives an empty text.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::render::{HostError, Session, host_error, session};
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, ValueKind, pairs, text};

#[derive(Debug)]
pub(super) struct Config;

impl Object for Config {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let session = session(state)?;
        let args = CallArgs::from_engine(args);
        let options = match (args.positional.as_slice(), args.keyword.is_empty()) {
            ([], false) => args.keyword,
            ([options], true) if options.kind() == ValueKind::Map => pairs(options)
                .into_iter()
                .map(|(key, value)| (text(&key), value))
                .collect(),
            _ => {
                return Err(host_error(HostError::compilation(
                    "invalid-config",
                    "invalid inline model config; write `config(materialized='table')`",
                )));
            }
        };
        session.host.config_set(options).map_err(host_error)?;
        Ok(Value::from(""))
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
            "set" => {
                let name = args.required_text(method, 0, "name")?;
                let value = args.required(method, 1, "value")?;
                session
                    .host
                    .config_set(vec![(name, value)])
                    .map_err(host_error)?;
                Ok(Value::from(""))
            }
            "persist_relation_docs" => Ok(persists_docs(&session, "relation")),
            "persist_column_docs" => Ok(persists_docs(&session, "columns")),
            "get" | "require" | "meta_get" | "meta_require" => read(state, &session, method, &args),
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }
}

fn read(
    state: &mut State<'_, '_>,
    session: &Session,
    method: &str,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let name = args.required_text(method, 0, "name")?;
    if session.host.is_parsing() {
        return Ok(Value::from(""));
    }
    let is_required = matches!(method, "require" | "meta_require");
    let found = if method.starts_with("meta") {
        session
            .host
            .config_get("meta")
            .and_then(|meta| meta.get_item(&Value::from(name.as_str())).ok())
            .filter(|value| !value.is_undefined())
    } else {
        session.host.config_get(&name)
    };
    let default = if is_required {
        None
    } else {
        args.get(1, "default").cloned()
    };
    let (value, has_default) = match (found, &default) {
        (Some(value), _) => (value, default.is_some()),
        (None, Some(default)) => (default.clone(), true),
        (None, None) if is_required => {
            return Err(host_error(HostError::compilation(
                "missing-config",
                format!("required config `{name}` is not set"),
            )));
        }
        (None, None) => (Value::from(()), false),
    };
    let position = if is_required { 1 } else { 2 };
    if let Some(validator) = args.get(position, "validator")
        && (is_required || has_default)
        && !validator.is_none()
    {
        validator.call(state, std::slice::from_ref(&value))?;
    }
    Ok(value)
}

fn persists_docs(session: &Session, part: &str) -> Value {
    let persist_docs = session
        .host
        .config_get("persist_docs")
        .filter(|_| !session.host.is_parsing());
    let wanted = persist_docs
        .and_then(|it| it.get_item(&Value::from(part)).ok())
        .is_some_and(|it| it.is_true());
    Value::from(wanted)
}
