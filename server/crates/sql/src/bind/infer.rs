//! Types of literals and operators, and the type that two become together: DuckDB's rules, silent where unsure.

use crate::ast::{BinaryOperator, Literal};
use crate::types::Type;

/// Digits up to which DuckDB keeps a decimal in 64 bits, and in 128.
const NARROW_DIGITS: u8 = 18;
const MAX_DIGITS: u8 = 38;

pub(super) fn literal(literal: Literal, text: &str) -> Option<Type> {
    match literal {
        Literal::Null => Some(Type::Null),
        Literal::Boolean => Some(Type::Boolean),
        Literal::String => Some(Type::Varchar),
        Literal::Number => number(text),
    }
}

/// The type of a literal number.
pub(crate) fn number(text: &str) -> Option<Type> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    if digits.contains(['e', 'E']) && !digits.starts_with("0x") {
        return Some(Type::Double);
    }
    if digits.len() > usize::from(MAX_DIGITS) + 2 {
        return Some(Type::Double);
    }
    if let Some((whole, fraction)) = digits.split_once('.') {
        let scale = fraction.len() as u8;
        let precision = (whole.trim_start_matches('0').len() + fraction.len()).max(1) as u8;
        let precision = precision.max(scale + u8::from(whole.starts_with('0')));
        return (precision <= MAX_DIGITS).then_some(Type::Decimal { precision, scale });
    }
    if digits.parse::<i32>().is_ok() {
        Some(Type::Integer)
    } else if digits.parse::<i64>().is_ok() {
        Some(Type::BigInt)
    } else if digits.parse::<i128>().is_ok() {
        Some(Type::HugeInt)
    } else {
        None
    }
}

/// The type a column gets when nothing else decided: DuckDB makes a bare `null` an integer.
pub(crate) fn settled(data_type: Type) -> Type {
    if data_type == Type::Null {
        Type::Integer
    } else {
        data_type
    }
}

/// Digits before and after the point that hold any value of an exact numeric type.
fn as_decimal(data_type: &Type) -> Option<(u8, u8)> {
    match data_type {
        Type::TinyInt | Type::UTinyInt => Some((3, 0)),
        Type::SmallInt | Type::USmallInt => Some((5, 0)),
        Type::Integer | Type::UInteger => Some((10, 0)),
        Type::BigInt => Some((19, 0)),
        Type::UBigInt => Some((20, 0)),
        Type::Decimal { precision, scale } => Some((*precision, *scale)),
        _ => None,
    }
}

/// Rank among signed integers.
fn integer_rank(data_type: &Type) -> Option<u8> {
    match data_type {
        Type::TinyInt => Some(1),
        Type::SmallInt => Some(2),
        Type::Integer => Some(3),
        Type::BigInt => Some(4),
        Type::HugeInt => Some(5),
        _ => None,
    }
}

fn is_float(data_type: &Type) -> bool {
    matches!(data_type, Type::Float | Type::Double)
}

fn is_numeric(data_type: &Type) -> bool {
    is_float(data_type) || integer_rank(data_type).is_some() || as_decimal(data_type).is_some()
}

pub(super) fn unified_option(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    unified(left?, right?)
}

/// The type of `case`, `coalesce`, unions and lists over values of both types.
pub(crate) fn unified(left: Type, right: Type) -> Option<Type> {
    match (&left, &right) {
        _ if left == right => return Some(left),
        (Type::Null, _) => return Some(right),
        (_, Type::Null) => return Some(left),
        (Type::Varchar, _) | (_, Type::Varchar) => return Some(Type::Varchar),
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => {
            return Some(Type::Timestamp);
        }
        (Type::Date | Type::Timestamp, Type::TimestampTz)
        | (Type::TimestampTz, Type::Date | Type::Timestamp) => return Some(Type::TimestampTz),
        _ => {}
    }
    if !is_numeric(&left) || !is_numeric(&right) {
        return None;
    }
    if left == Type::Double || right == Type::Double {
        return Some(Type::Double);
    }
    if is_float(&left) || is_float(&right) {
        return None;
    }
    if let (Some(mine), Some(theirs)) = (integer_rank(&left), integer_rank(&right)) {
        return Some(if mine >= theirs { left } else { right });
    }
    let ((precision, scale), (other_precision, other_scale)) =
        (as_decimal(&left)?, as_decimal(&right)?);
    let scale_of_both = scale.max(other_scale);
    let whole = precision
        .checked_sub(scale)?
        .max(other_precision.checked_sub(other_scale)?);
    decimal(whole.checked_add(scale_of_both)?, scale_of_both)
}

fn decimal(precision: u8, scale: u8) -> Option<Type> {
    (precision <= MAX_DIGITS).then_some(Type::Decimal { precision, scale })
}

pub(super) fn binary(
    operator: BinaryOperator,
    left: Option<Type>,
    right: Option<Type>,
) -> Option<Type> {
    use BinaryOperator as Op;
    match operator {
        Op::Or | Op::And | Op::Comparison => Some(Type::Boolean),
        Op::JsonExtract => Some(Type::Json),
        Op::JsonExtractText => Some(Type::Varchar),
        Op::Concat => match (left?, right?) {
            (Type::List(item), _) | (_, Type::List(item)) => Some(Type::List(item)),
            (Type::Blob | Type::Array(..), _) | (_, Type::Blob | Type::Array(..)) => None,
            _ => Some(Type::Varchar),
        },
        Op::Power => Some(Type::Double),
        Op::Divide => {
            let (left, right) = (left?, right?);
            let is_interval = left == Type::Interval;
            match (is_interval, is_numeric(&left) && is_numeric(&right)) {
                (true, _) => Some(Type::Interval),
                (false, true) => Some(Type::Double),
                (false, false) => None,
            }
        }
        Op::Modulo | Op::IntegerDivide => numeric_unified(left?, right?),
        Op::Add | Op::Subtract => added(operator, left?, right?),
        Op::Multiply => multiplied(left?, right?),
        Op::Bitwise | Op::Other => None,
    }
}

/// Types narrower than an integer keep their width next to a literal, and a literal is not told from a value here.
fn is_narrow(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::TinyInt
            | Type::SmallInt
            | Type::UTinyInt
            | Type::USmallInt
            | Type::UInteger
            | Type::UBigInt
    )
}

fn numeric_unified(left: Type, right: Type) -> Option<Type> {
    let is_known =
        is_numeric(&left) && is_numeric(&right) && !is_narrow(&left) && !is_narrow(&right);
    if is_known { unified(left, right) } else { None }
}

fn added(operator: BinaryOperator, left: Type, right: Type) -> Option<Type> {
    let is_subtract = operator == BinaryOperator::Subtract;
    match (&left, &right) {
        (Type::Date, Type::Interval) | (Type::Interval, Type::Date) => {
            return Some(Type::Timestamp);
        }
        (Type::Timestamp | Type::TimestampTz | Type::Interval | Type::Time, Type::Interval) => {
            return Some(left);
        }
        (Type::Interval, Type::Timestamp | Type::TimestampTz | Type::Time) => return Some(right),
        (Type::Date, Type::Integer | Type::BigInt) => return Some(Type::Date),
        (Type::Integer, Type::Date) if !is_subtract => return Some(Type::Date),
        (Type::Date, Type::Date) if is_subtract => return Some(Type::BigInt),
        (Type::Timestamp, Type::Timestamp) | (Type::TimestampTz, Type::TimestampTz)
            if is_subtract =>
        {
            return Some(Type::Interval);
        }
        _ => {}
    }
    match (&left, &right) {
        (Type::Decimal { .. }, _) | (_, Type::Decimal { .. }) => {}
        _ => return numeric_unified(left, right),
    }
    match unified(left.clone(), right.clone())? {
        Type::Decimal { precision, scale } => {
            decimal(capped(precision.saturating_add(1), &left, &right), scale)
        }
        other => Some(other),
    }
}

fn multiplied(left: Type, right: Type) -> Option<Type> {
    match (&left, &right) {
        (Type::Interval, other) | (other, Type::Interval) if is_numeric(other) => {
            return Some(Type::Interval);
        }
        (Type::Decimal { .. }, _) | (_, Type::Decimal { .. }) => {}
        _ => return numeric_unified(left, right),
    }
    let (Some((precision, scale)), Some((other_precision, other_scale))) =
        (as_decimal(&left), as_decimal(&right))
    else {
        return numeric_unified(left, right);
    };
    let precision = capped(precision.checked_add(other_precision)?, &left, &right);
    let scale = scale.checked_add(other_scale)?;
    if scale > precision {
        return Some(Type::Double);
    }
    decimal(precision, scale)
}

/// DuckDB does not leave the narrow representation when both sides are in it.
fn capped(precision: u8, left: &Type, right: &Type) -> u8 {
    let is_narrow = [left, right]
        .iter()
        .all(|side| as_decimal(side).is_some_and(|(digits, _)| digits <= NARROW_DIGITS));
    precision.min(if is_narrow { NARROW_DIGITS } else { MAX_DIGITS })
}

/// Units that date functions take as bare words.
pub(super) fn is_date_part(word: &str) -> bool {
    const PARTS: &[&str] = &[
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
        "nanosecond",
        "dayofweek",
        "dayofyear",
        "isoweek",
        "isoyear",
        "weekday",
        "dow",
        "doy",
        "epoch",
        "decade",
        "century",
        "yy",
        "yyyy",
        "mm",
        "dd",
        "hh",
        "mi",
        "ss",
        "ms",
        "us",
        "ns",
        "d",
        "w",
        "m",
        "q",
        "y",
        "h",
        "s",
    ];
    let lower = word.to_ascii_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    PARTS.contains(&&*lower) || PARTS.contains(&singular)
}
