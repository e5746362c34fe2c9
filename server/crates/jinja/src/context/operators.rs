//! What the desugaring puts in the place of literals and operators, with Python's meaning.

mod arithmetic;
mod compare;

use std::sync::Arc;

use minijinja::State;

use crate::render::Session;
use crate::value::{
    CallArgs, Dict, EngineError, List, Set, Tuple, Value, ValueKind, error, items, list,
};

pub(super) use arithmetic::{
    add, divide, floor_divide, modulo, multiply, negate, power, sub, sum_of,
};
pub(super) use compare::{chain, compare};

type Result<T> = std::result::Result<T, EngineError>;

/// `[...]`
pub(super) fn list_literal(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    Ok(list(args.positional.first().map(items).unwrap_or_default()))
}

/// `{...}`, as a list of its keys and values in turn.
pub(super) fn dict_literal(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let keys_and_values = args.positional.first().map(items).unwrap_or_default();
    let pairs = keys_and_values
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [key, value] => Some((key.clone(), value.clone())),
            _ => None,
        });
    Dict::from_pairs(pairs).map(Value::from_object)
}

/// A slice: of a list, a list that can change.
pub(super) fn own(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    Ok(owned(args.positional.first().cloned().unwrap_or_default()))
}

/// What a loop goes over.
pub(super) fn iterated(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    match args.positional.as_slice() {
        [only] if only.is_none() => Err(error("`none` cannot be looped over")),
        [only] => Ok(only.clone()),
        several => Ok(Value::from(Tuple::new(several.to_vec()))),
    }
}

/// The engine's own lists as lists that can change.
pub(super) fn owned(value: Value) -> Value {
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
        && !value.is_tuple()
        && value.downcast_object_ref::<List>().is_none()
        && value.downcast_object_ref::<Set>().is_none();
    if is_list { list(items(&value)) } else { value }
}
