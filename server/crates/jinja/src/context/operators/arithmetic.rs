//! Arithmetic with Python's meaning: integers stay integers, decimals stay decimals, texts and lists add and repeat.

use std::sync::Arc;

use minijinja::State;

use crate::context::{is_missing, modules};
use crate::render::Session;
use crate::value::{
    CallArgs, Decimal, EngineError, EngineErrorKind, Operation, Set, Tuple, Value, ValueKind,
    error, format_percent, items, list, type_name,
};

type Result<T> = std::result::Result<T, EngineError>;

fn operands<'a>(args: &'a CallArgs, operator: &str) -> Result<(&'a Value, &'a Value)> {
    match args.positional.as_slice() {
        [left, right] => Ok((left, right)),
        _ => Err(error(format!("`{operator}` takes two operands"))),
    }
}

/// Python's words, since people search for them.
fn unsupported(operator: &str, left: &Value, right: &Value) -> EngineError {
    if is_missing(left) || is_missing(right) {
        return EngineError::from(EngineErrorKind::UndefinedError);
    }
    if as_integer(left).is_some() && as_integer(right).is_some() {
        return error(format!(
            "{left} {operator} {right} is too large: integers have 128 bits here"
        ));
    }
    error(format!(
        "unsupported operand type(s) for {operator}: '{}' and '{}'",
        type_name(left),
        type_name(right)
    ))
}

/// Decimals with each other and with integers; `None` where neither is one, or where Python has no such operation.
fn decimals(operation: Operation, left: &Value, right: &Value) -> Option<Result<Value>> {
    if Decimal::from_value(left).is_none() && Decimal::from_value(right).is_none() {
        return None;
    }
    let (left, right) = (Decimal::operand(left)?, Decimal::operand(right)?);
    Some(left.apply(operation, right).map(Value::from_object))
}

fn as_integer(value: &Value) -> Option<i128> {
    let is_integer = value.is_integer() || value.kind() == ValueKind::Bool;
    is_integer
        .then(|| i128::try_from(value.clone()).ok())
        .flatten()
}

fn as_number(value: &Value) -> Option<f64> {
    let is_number = value.is_number() || value.kind() == ValueKind::Bool;
    is_number
        .then(|| f64::try_from(value.clone()).ok())
        .flatten()
}

/// Arithmetic on numbers, with integers staying integers.
fn numbers(
    left: &Value,
    right: &Value,
    on_integers: fn(i128, i128) -> Option<i128>,
    on_floats: fn(f64, f64) -> f64,
) -> Option<Value> {
    if let (Some(left), Some(right)) = (as_integer(left), as_integer(right)) {
        return on_integers(left, right).map(Value::from);
    }
    Some(Value::from(on_floats(as_number(left)?, as_number(right)?)))
}

fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// `a + b`
pub(in crate::context) fn add(
    state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "+")?;
    sum_of(state, left, right)
}

/// The sum of two values.
pub(in crate::context) fn sum_of(
    state: &mut State<'_, '_>,
    left: &Value,
    right: &Value,
) -> Result<Value> {
    if let Some(sum) = numbers(left, right, i128::checked_add, |a, b| a + b) {
        return Ok(sum);
    }
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        state.consume_fuel(((left.len() + right.len()) / 64) as u64)?;
        return Ok(Value::from([left, right].concat()));
    }
    if let Some(sum) = decimals(Operation::Add, left, right).or_else(|| modules::add(left, right)) {
        return sum;
    }
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
    Err(unsupported("+", left, right))
}

/// `a - b`
pub(in crate::context) fn sub(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "-")?;
    if let Some(difference) = numbers(left, right, i128::checked_sub, |a, b| a - b) {
        return Ok(difference);
    }
    if let Some(difference) =
        decimals(Operation::Sub, left, right).or_else(|| modules::sub(left, right))
    {
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

/// `a * b`: of a text or a list, as often.
pub(in crate::context) fn multiply(
    state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "*")?;
    if let Some(product) = numbers(left, right, i128::checked_mul, |a, b| a * b) {
        return Ok(product);
    }
    if let Some(product) = decimals(Operation::Mul, left, right) {
        return product;
    }
    let is_repeatable = |value: &Value| value.as_str().is_some() || is_sequence(value);
    let (repeated, times) = if is_repeatable(left) {
        (left, right)
    } else {
        (right, left)
    };
    if !is_repeatable(repeated) || is_missing(left) || is_missing(right) {
        return Err(unsupported("*", left, right));
    }
    let Some(times) = as_integer(times) else {
        return Err(error(format!(
            "can't multiply sequence by non-int of type '{}'",
            type_name(times)
        )));
    };
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    // Paid for before it is made: the whole may be larger than memory.
    let pay = |state: &mut State<'_, '_>, len: usize, unit: u64| {
        state.consume_fuel((len as u64).saturating_mul(times as u64) / unit)
    };
    if let Some(text) = repeated.as_str() {
        pay(state, text.len(), 64)?;
        return Ok(Value::from(text.repeat(times)));
    }
    let part = items(repeated);
    pay(state, part.len(), 4)?;
    // Nothing costs nothing, however often.
    let times = if part.is_empty() { 0 } else { times };
    let all: Vec<Value> = std::iter::repeat_n(&part, times)
        .flatten()
        .cloned()
        .collect();
    Ok(if repeated.is_tuple() {
        Value::from(Tuple::new(all))
    } else {
        list(all)
    })
}

/// `a / b`
pub(in crate::context) fn divide(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "/")?;
    if let (Some(left), Some(right)) = (as_number(left), as_number(right)) {
        if right == 0.0 {
            return Err(error("division by zero"));
        }
        return Ok(Value::from(left / right));
    }
    decimals(Operation::Div, left, right).unwrap_or_else(|| Err(unsupported("/", left, right)))
}

/// `a // b`
pub(in crate::context) fn floor_divide(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "//")?;
    if let Some(quotient) = decimals(Operation::FloorDiv, left, right) {
        return quotient;
    }
    if as_number(right) == Some(0.0) && as_number(left).is_some() {
        return Err(error("integer division or modulo by zero"));
    }
    let on_integers = |a: i128, b: i128| {
        let quotient = a.checked_div(b)?;
        let is_cut_up = a % b != 0 && (a < 0) != (b < 0);
        Some(quotient - i128::from(is_cut_up))
    };
    numbers(left, right, on_integers, |a, b| (a / b).floor())
        .ok_or_else(|| unsupported("//", left, right))
}

/// `a % b`: of a text, formatting.
pub(in crate::context) fn modulo(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "%")?;
    if let Some(format) = left.as_str() {
        return format_percent(format, right).map(Value::from);
    }
    if let Some(rest) = decimals(Operation::Rem, left, right) {
        return rest;
    }
    if as_number(right) == Some(0.0) && as_number(left).is_some() {
        return Err(error("integer modulo by zero"));
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

/// `a ** b`
pub(in crate::context) fn power(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let (left, right) = operands(args, "**")?;
    if let Some(power) = decimals(Operation::Pow, left, right) {
        return power;
    }
    if let (Some(base), Some(exponent)) = (as_integer(left), as_integer(right))
        && exponent >= 0
    {
        let power = u32::try_from(exponent)
            .ok()
            .and_then(|exponent| base.checked_pow(exponent));
        return power
            .map(Value::from)
            .ok_or_else(|| unsupported("**", left, right));
    }
    let (Some(base), Some(exponent)) = (as_number(left), as_number(right)) else {
        return Err(unsupported("** or pow()", left, right));
    };
    if base == 0.0 && exponent < 0.0 {
        return Err(error("0.0 cannot be raised to a negative power"));
    }
    Ok(Value::from(base.powf(exponent)))
}

/// `-a`
pub(in crate::context) fn negate(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let value = args.required("-", 0, "operand")?;
    if let Some(decimal) = Decimal::from_value(&value) {
        return decimal.negated().map(Value::from_object);
    }
    if let Some(negated) = as_integer(&value).and_then(i128::checked_neg) {
        return Ok(Value::from(negated));
    }
    if let Some(number) = as_number(&value) {
        return Ok(Value::from(-number));
    }
    if let Some(negated) = modules::negate(&value) {
        return Ok(negated);
    }
    if is_missing(&value) {
        return Err(EngineError::from(EngineErrorKind::UndefinedError));
    }
    Err(error(format!(
        "bad operand type for unary -: '{}'",
        type_name(&value)
    )))
}
