//! Calls written in literals, as the project's data.

use jinja::{
    syntax::{CallSyntax, Literal},
    value::{from_literal, to_json},
};
use project::node::{NodeVersion, RefArgs};

/// The arguments of a `ref` call.
pub(crate) fn ref_args(call: &CallSyntax) -> Option<RefArgs> {
    let texts: Option<Vec<&str>> = call
        .positional()
        .map(|argument| argument.value.literal.as_ref().and_then(Literal::as_str))
        .collect();
    let version = call.keyword("v").or_else(|| call.keyword("version"));
    let version = match version {
        None => None,
        Some(argument) => version_of(argument.value.literal.as_ref()?),
    };
    match *texts?.as_slice() {
        [name] => Some(RefArgs {
            name: name.into(),
            package: None,
            version,
        }),
        [package, name] => Some(RefArgs {
            name: name.into(),
            package: Some(package.into()),
            version,
        }),
        _ => None,
    }
}

fn version_of(literal: &Literal) -> Option<NodeVersion> {
    match to_json(&from_literal(literal)) {
        serde_json::Value::Number(number) => Some(match number.as_i64() {
            Some(number) => NodeVersion::Int(number),
            None => NodeVersion::Float(number.to_string().into()),
        }),
        serde_json::Value::String(text) => Some(NodeVersion::Text(text.as_str().into())),
        _ => None,
    }
}
