//! `var` and `env_var`.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::render::{HostError, Session, host_error, nested_text, session};
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value};

/// `var('x')`, `var('x', default)`, `var.has_var('x')`
#[derive(Debug)]
pub(super) struct Var;

impl Object for Var {
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
        let name = args.required_text("var", 0, "var_name")?;
        if let Some(value) = session.host.var(&name) {
            // The text of a variable may be a template, which sees where it is asked for.
            return match value.as_str() {
                Some(text) => nested_text(state, &session, &name, text).map(Value::from),
                None => Ok(value),
            };
        }
        if let Some(default) = args.get(1, "default") {
            return Ok(default.clone());
        }
        if session.host.is_parsing() {
            return Ok(Value::from(()));
        }
        Err(host_error(HostError::compilation(
            "unknown-var",
            format!(
                "Required var '{name}' not found in config; set it under `vars:` in dbt_project.yml, with `--vars`, or give a default"
            ),
        )))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        if method != "has_var" {
            return Err(EngineError::from(EngineErrorKind::UnknownMethod));
        }
        let session = session(state)?;
        let name = CallArgs::from_engine(args).required_text("has_var", 0, "var_name")?;
        Ok(Value::from(session.host.var(&name).is_some()))
    }
}

/// `env_var('X')`, `env_var('X', default)`
pub(super) fn env_var(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let name = args.required_text("env_var", 0, "var")?;
    if let Some(value) = session.host.env_var(&name).map_err(host_error)? {
        return Ok(Value::from(value));
    }
    match args.get(1, "default") {
        Some(default) if !default.is_none() => Ok(Value::from(crate::value::text(default))),
        _ => Err(host_error(HostError::compilation(
            "unknown-env-var",
            format!(
                "Env var required but not provided: '{name}'; set it, or give a default: `env_var('{name}', 'default')`"
            ),
        ))),
    }
}
