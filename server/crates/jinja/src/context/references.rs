//! `ref`, `source`, `metric`, `function` and `doc`.

use std::sync::Arc;

use minijinja::State;

use crate::render::{HostError, RefRequest, Session, host_error};
use crate::value::{CallArgs, EngineError, Value, text};

/// `ref('name')`, `ref('package', 'name')`, with `v=` or `version=`.
pub(super) fn reference(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let request = request("ref", args)?;
    session.host.reference(&request).map_err(host_error)
}

fn request(function: &str, args: &CallArgs) -> Result<RefRequest, EngineError> {
    let wrong = |message: String| host_error(HostError::compilation("invalid-ref", message));
    let not_missing = |value: &Value| {
        if super::is_missing(value) {
            Err(wrong(format!("an argument of {function}() is undefined")))
        } else {
            Ok(text(value))
        }
    };
    let (package, name) = match args.positional.as_slice() {
        [name] => (None, not_missing(name)?),
        [package, name] => (Some(not_missing(package)?), not_missing(name)?),
        other => {
            return Err(wrong(format!(
                "{function}() takes a name, or a package and a name, and not {} arguments",
                other.len()
            )));
        }
    };
    let version = args
        .named("version")
        .or_else(|| args.named("v"))
        .filter(|version| !version.is_none())
        .cloned();
    Ok(RefRequest {
        package,
        name,
        version,
    })
}

/// `source('name', 'table')`
pub(super) fn source(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let [source, table] = args.positional.as_slice() else {
        return Err(host_error(HostError::compilation(
            "invalid-source",
            format!(
                "source() takes exactly two arguments ({} given)",
                args.positional.len()
            ),
        )));
    };
    session
        .host
        .source(&text(source), &text(table))
        .map_err(host_error)
}

/// `metric('name')`
pub(super) fn metric(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    other("metric", session, args)
}

/// `function('name')`: a user-defined function of the project.
pub(super) fn function(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    other("function", session, args)
}

fn other(kind: &str, session: &Session, args: &CallArgs) -> Result<Value, EngineError> {
    let request = request(kind, args)?;
    session
        .host
        .other_reference(kind, &request)
        .map_err(host_error)
}

/// `doc('name')`, `doc('package', 'name')`
pub(super) fn doc(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let request = request("doc", args)?;
    session
        .host
        .doc(request.package.as_deref(), &request.name)
        .map(Value::from)
        .map_err(host_error)
}
