//! `return`, `log`, `print`, and what the renderer puts into templates for itself.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::render::{HostError, LogLevel, Session, bind, call_task, host_error};
use crate::value::{CallArgs, EngineError, Value, error, text};

/// `return(value)`: an error to the engine, caught by the macro that is running.
pub(super) fn return_value(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let value = args.get(0, "data").cloned().unwrap_or(Value::from(()));
    session.set_returned(value);
    Err(error("`return` outside of a macro"))
}

/// `log(msg, info=false)`
pub(super) fn log(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let message = args.required_text("log", 0, "msg")?;
    let level = if args.is_true_or(1, "info", false) {
        LogLevel::Info
    } else {
        LogLevel::Debug
    };
    session.host.log(level, &message);
    Ok(Value::from(""))
}

/// `print(msg)`: what dbt prints only when it runs.
pub(super) fn print(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let message = args.required_text("print", 0, "msg")?;
    session.host.log(LogLevel::Print, &message);
    Ok(Value::from(""))
}

/// `validate`: accepts everything, as dbt does outside of its own tests.
pub(super) fn validate(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    _args: &CallArgs,
) -> Result<Value, EngineError> {
    Ok(Value::from(()))
}

/// `validation.any[...]`, the validator of `config.get`: accepts everything.
#[derive(Debug)]
pub(super) struct Validation;

impl Object for Validation {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn call(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        _args: &[Value],
    ) -> Result<Value, EngineError> {
        Ok(Value::from(()))
    }
}

/// `try_or_compiler_error(message, function, *args, **kwargs)`
pub(super) fn try_or_compiler_error(
    state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let message = args.required_text("try_or_compiler_error", 0, "message_if_exception")?;
    let function = args.required("try_or_compiler_error", 1, "func")?;
    let rest = CallArgs {
        positional: args.positional.iter().skip(2).cloned().collect(),
        keyword: args.keyword.clone(),
    };
    function
        .call(state, &rest.into_engine())
        .map_err(|_| host_error(HostError::compilation("compilation-error", message)))
}

/// Functions that only some hosts have.
pub(super) fn call_host(
    session: &Session,
    name: &str,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    session.host.call_other(name, args).map_err(host_error)
}

/// The load block has imported a macro.
pub(super) fn bind_macro(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    Ok(bind(session, &args.required("dagsmith_bind", 0, "macro")?))
}

/// The name of the template that the loader imports.
pub(super) fn target(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    _args: &CallArgs,
) -> Result<Value, EngineError> {
    session
        .target()
        .ok_or_else(|| error("nothing is to be loaded"))
}

/// The outermost template ends here.
pub(super) fn end(
    state: &mut State<'_, '_>,
    session: &Arc<Session>,
    _args: &CallArgs,
) -> Result<Value, EngineError> {
    if let Some((used, _)) = state.fuel_levels() {
        session.note_fuel(used);
    }
    Ok(Value::from(()))
}

/// The value of the template's one expression.
pub(super) fn keep_value(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let value = args.positional.first().cloned().unwrap_or_default();
    // Undefined prints as nothing, and dbt's native rendering of nothing is an empty text.
    session.set_outcome(if value.is_undefined() {
        Value::from(text(&value))
    } else {
        value
    });
    Ok(Value::from(()))
}

/// The macro that the rendering is about.
pub(super) fn call(
    state: &mut State<'_, '_>,
    session: &Arc<Session>,
    _args: &CallArgs,
) -> Result<Value, EngineError> {
    call_task(state, session)
}
