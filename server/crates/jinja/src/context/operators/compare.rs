//! Comparisons with Python's meaning: decimals are numbers, and what has no order is an error.

use std::cmp::Ordering;
use std::sync::Arc;

use minijinja::State;

use crate::context::is_missing;
use crate::render::Session;
use crate::value::{
    CallArgs, Decimal, EngineError, EngineErrorKind, Value, ValueKind, error, type_name,
};

type Result<T> = std::result::Result<T, EngineError>;

/// `a == b`
fn is_equal(left: &Value, right: &Value) -> bool {
    match (Decimal::from_value(left), Decimal::from_value(right)) {
        (Some(left), _) => left.compare(right) == Some(Ordering::Equal),
        (None, Some(right)) => right.compare(left) == Some(Ordering::Equal),
        (None, None) => left == right,
    }
}

/// One comparison of two values, by its operator.
pub(in crate::context) fn compare(
    state: &mut State<'_, '_>,
    left: &Value,
    operator: &str,
    right: &Value,
) -> Result<bool> {
    match operator {
        "==" => return Ok(is_equal(left, right)),
        "!=" => return Ok(!is_equal(left, right)),
        "in" | "not in" => {
            let is_in = state.perform_test("in", &[left.clone(), right.clone()])?;
            return Ok(is_in == (operator == "in"));
        }
        _ => {}
    }
    let order = match (Decimal::from_value(left), Decimal::from_value(right)) {
        (Some(decimal), _) if is_number(right) => decimal.compare(right),
        (None, Some(decimal)) if is_number(left) => decimal.compare(left).map(Ordering::reverse),
        _ if has_order(left, right) => left.partial_cmp(right),
        _ if is_missing(left) || is_missing(right) => {
            return Err(EngineError::from(EngineErrorKind::UndefinedError));
        }
        _ => {
            return Err(error(format!(
                "'{operator}' not supported between instances of '{}' and '{}'",
                type_name(left),
                type_name(right)
            )));
        }
    };
    Ok(match operator {
        "<" => order.is_some_and(Ordering::is_lt),
        "<=" => order.is_some_and(Ordering::is_le),
        ">" => order.is_some_and(Ordering::is_gt),
        _ => order.is_some_and(Ordering::is_ge),
    })
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.kind() == ValueKind::Bool || Decimal::from_value(value).is_some()
}

/// Whether Python orders these two. Lists are taken to hold what can be ordered.
fn has_order(left: &Value, right: &Value) -> bool {
    if is_number(left) || is_number(right) {
        return is_number(left) && is_number(right);
    }
    let is_none = |value: &Value| value.is_none() || is_missing(value);
    !is_none(left) && !is_none(right) && left.kind() == right.kind()
}

/// `a < b`, `a < b <= c`: operands and operators in turn.
pub(in crate::context) fn chain(
    state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let mut rest = args.positional.as_slice();
    while let [left, operator, right, ..] = rest {
        let operator = operator.as_str().unwrap_or_default();
        if !compare(state, left, operator, right)? {
            return Ok(Value::from(false));
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    Ok(Value::from(true))
}
