//! Values as templates see them: the engine's `Value`, and the Python-looking objects that dbt code expects.
//!
//! The engine's own lists and maps cannot change. [`List`], [`Dict`] and [`Set`] can; the desugaring makes every
//! literal one of them. Other crates use the engine's types through here and never depend on it.

mod args;
mod decimal;
mod dict;
mod format_fields;
mod json;
mod list;
mod nesting;
mod python;
mod set;
mod undefined;

pub use args::CallArgs;
pub use decimal::Decimal;
pub(crate) use decimal::Operation;
pub use dict::Dict;
pub(crate) use format_fields::{fill_decimals, with_thousands};
pub use json::{from_json, to_json};
pub use list::List;
pub use minijinja::value::{DynObject, Enumerator, Kwargs, Object, ObjectRepr, Tuple, ValueKind};
pub use minijinja::{Error as EngineError, ErrorKind as EngineErrorKind, State, Value};
pub(crate) use nesting::is_bottomless;
pub(crate) use python::{as_float, guarded_render, type_name};
pub use python::{format_percent, repr, text};
pub use set::Set;
pub(crate) use undefined::Missing;

use crate::syntax::Literal;

/// A list that templates can append to.
pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from_object(List::new(items.into_iter().collect()))
}

/// A dict that templates can change, in the order given.
pub fn dict<K: Into<Value>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::from_object(Dict::new(
        pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    ))
}

/// The value that a literal stands for.
pub fn from_literal(literal: &Literal) -> Value {
    match literal {
        Literal::None => Value::from(()),
        Literal::Bool(value) => Value::from(*value),
        Literal::Int(value) => Value::from(*value),
        Literal::Number(text) => text
            .parse::<i128>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::from(&**text)),
        Literal::Str(text) => Value::from(&**text),
        Literal::List(items) => list(items.iter().map(from_literal)),
        Literal::Tuple(items) => Value::from(Tuple::new(items.iter().map(from_literal).collect())),
        Literal::Dict(pairs) => dict(
            pairs
                .iter()
                .map(|(key, value)| (from_literal(key), from_literal(value))),
        ),
    }
}

/// The pairs of any dict-like value, in its order; empty for anything else.
pub fn pairs(value: &Value) -> Vec<(Value, Value)> {
    value
        .as_object()
        .and_then(minijinja::value::DynObject::try_iter_pairs)
        .map(Iterator::collect)
        .unwrap_or_default()
}

/// The items of anything that can be looped over; empty for anything else.
pub fn items(value: &Value) -> Vec<Value> {
    value.try_iter().map(Iterator::collect).unwrap_or_default()
}

/// The place that Python's index stands for in a sequence of `len`; negative ones count from the end.
pub(crate) fn place(index: i64, len: usize) -> Option<usize> {
    let place = if index < 0 {
        len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    (place < len).then_some(place)
}

/// Pay for what a container is about to take over from `args`: the engine counts only what it makes itself.
pub(crate) fn charge_growth(state: &State<'_, '_>, args: &[Value]) -> Result<(), EngineError> {
    let n_items: usize = args
        .iter()
        .filter(|arg| arg.as_object().is_some())
        .filter_map(Value::len)
        .sum();
    state.consume_fuel(n_items as u64)
}

/// An error as the engine carries it.
pub(crate) fn error(message: impl Into<std::borrow::Cow<'static, str>>) -> EngineError {
    EngineError::new(EngineErrorKind::InvalidOperation, message)
}

/// A point in time in UTC, as Python's `datetime`: what `run_started_at` is.
pub fn utc_datetime(seconds: i64, nanos: u32) -> Value {
    crate::context::utc_moment(seconds, nanos)
}

/// A point in time without a zone: Python's `datetime` of a warehouse's `timestamp`.
pub fn plain_datetime(at: chrono::NaiveDateTime) -> Value {
    crate::context::plain_moment(at)
}

/// Python's `date`.
pub fn date(date: chrono::NaiveDate) -> Value {
    crate::context::day(date)
}
