//! What the desugaring puts in the place of literals and operators, with Python's meaning.

use std::sync::Arc;

use minijinja::State;

use super::modules;
use crate::render::Session;
use crate::value::{
    CallArgs, Dict, EngineError, List, Set, Tuple, Value, ValueKind, error, format_percent, items,
    list, repr,
};

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

fn operands<'a>(args: &'a CallArgs, operator: &str) -> Result<(&'a Value, &'a Value)> {
    match args.positional.as_slice() {
        [left, right] => Ok((left, right)),
        _ => Err(error(format!("`{operator}` takes two operands"))),
    }
}

fn unsupported(operator: &str, left: &Value, right: &Value) -> EngineError {
    error(format!(
        "unsupported operand types for {operator}: {} and {}",
        describe(left),
        describe(right)
    ))
}

fn describe(value: &Value) -> String {
    let shown: String = repr(value).chars().take(40).collect();
    format!("{} ({shown})", value.kind())
}

/// Arithmetic on numbers, with integers staying integers.
fn numbers(
    left: &Value,
    right: &Value,
    on_integers: fn(i128, i128) -> Option<i128>,
    on_floats: fn(f64, f64) -> f64,
) -> Option<Value> {
    let integer = |value: &Value| {
        let is_integer = value.is_integer() || value.kind() == ValueKind::Bool;
        is_integer
            .then(|| i128::try_from(value.clone()).ok())
            .flatten()
    };
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return on_integers(left, right).map(Value::from);
    }
    let float = |value: &Value| {
        let is_number = value.is_number() || value.kind() == ValueKind::Bool;
        is_number
            .then(|| f64::try_from(value.clone()).ok())
            .flatten()
    };
    Some(Value::from(on_floats(float(left)?, float(right)?)))
}

/// `a + b`
pub(super) fn add(
    state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "+")?;
    if let Some(sum) = numbers(left, right, i128::checked_add, |a, b| a + b) {
        return Ok(sum);
    }
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        state.consume_fuel(((left.len() + right.len()) / 64) as u64)?;
        return Ok(Value::from([left, right].concat()));
    }
    if let Some(sum) = modules::add(left, right) {
        return sum;
    }
    let is_sequence = |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    if is_sequence(left) && is_sequence(right) && left.is_tuple() == right.is_tuple() {
        let mut all = items(left);
        all.extend(items(right));
        state.consume_fuel((all.len() / 4) as u64)?;
        return Ok(if left.is_tuple() {
            Value::from(Tuple::new(all))
        } else {
            list(all)
        });
    }
    if super::is_missing(left) && super::is_missing(right) {
        return Err(EngineError::from(
            crate::value::EngineErrorKind::UndefinedError,
        ));
    }
    Err(unsupported("+", left, right))
}

/// `a - b`
pub(super) fn sub(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "-")?;
    if let Some(difference) = numbers(left, right, i128::checked_sub, |a, b| a - b) {
        return Ok(difference);
    }
    if let Some(difference) = modules::sub(left, right) {
        return difference;
    }
    let is_set = |value: &Value| value.downcast_object_ref::<Set>().is_some();
    if is_set(left) && is_set(right) {
        let without = items(right);
        let rest = items(left).into_iter().filter(|it| !without.contains(it));
        return Ok(Value::from_object(Set::new(rest)?));
    }
    Err(unsupported("-", left, right))
}

/// `a % b`: of a text, formatting.
pub(super) fn modulo(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "%")?;
    if let Some(format) = left.as_str() {
        return format_percent(format, right).map(Value::from);
    }
    let is_zero = f64::try_from(right.clone()).is_ok_and(|right| right == 0.0);
    if is_zero {
        return Err(error("modulo by zero"));
    }
    let on_integers = |a: i128, b: i128| {
        let rest = a.checked_rem(b)?;
        // Python's remainder has the sign of the divisor.
        Some(if rest != 0 && (rest < 0) != (b < 0) {
            rest + b
        } else {
            rest
        })
    };
    let on_floats = |a: f64, b: f64| {
        let rest = a % b;
        if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
            rest + b
        } else {
            rest
        }
    };
    numbers(left, right, on_integers, on_floats).ok_or_else(|| unsupported("%", left, right))
}
