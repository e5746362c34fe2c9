//! Jinja2's filters and tests on numbers, decimals among them, which the engine does not know.

use std::cmp::Ordering;

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, State};

use super::together;
use crate::context::operators::{compare, sum_of};
use crate::value::{CallArgs, Decimal, EngineError, Operation, Value, ValueKind, error, items};

type Result<T> = std::result::Result<T, EngineError>;

/// The tests that compare, by all their names.
const COMPARISONS: [(&str, &[&str]); 6] = [
    ("==", &["eq", "equalto", "=="]),
    ("!=", &["ne", "!="]),
    ("<", &["lt", "lessthan", "<"]),
    ("<=", &["le", "<="]),
    (">", &["gt", "greaterthan", ">"]),
    (">=", &["ge", ">="]),
];

pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_filter("int", |value: &Value, args: Rest<Value>, kwargs: Kwargs| {
        to_int(value, &CallArgs::from_engine(&together(args, kwargs)))
    });
    environment.add_filter(
        "float",
        |value: &Value, args: Rest<Value>, kwargs: Kwargs| {
            let args = CallArgs::from_engine(&together(args, kwargs));
            to_float(value).map_or_else(
                || args.get(0, "default").cloned().unwrap_or(Value::from(0.0)),
                Value::from,
            )
        },
    );
    with_decimals(environment, "abs", |_, decimal, _| {
        decimal.absolute().map(Value::from_object)
    });
    with_decimals(environment, "round", |_, decimal, args| {
        round(decimal, args)
    });
    for name in ["sum", "min", "max"] {
        let originals: Environment<'static> = Environment::new();
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, args: Rest<Value>, kwargs: Kwargs| {
                let all = together(args, kwargs);
                super::charge(state, &all)?;
                let of = values(&originals, &all)?;
                if of.iter().all(|it| Decimal::from_value(it).is_none()) {
                    return originals.empty_state().apply_filter(name, &all);
                }
                match name {
                    "sum" => sum(state, &of, &CallArgs::from_engine(&all)),
                    _ => extreme(state, of, if name == "min" { "<" } else { ">" }),
                }
            },
        );
    }
    install_tests(environment);
}

fn install_tests(environment: &mut Environment<'static>) {
    for (operator, names) in COMPARISONS {
        for name in names {
            environment.add_test(
                *name,
                move |state: &mut State<'_, '_>, left: Value, right: Value| {
                    compare(state, &left, operator, &right)
                },
            );
        }
    }
    environment.add_test("number", |value: &Value| {
        value.is_number() || value.kind() == ValueKind::Bool || Decimal::from_value(value).is_some()
    });
    for (name, remainder) in [("odd", 1), ("even", 0)] {
        with_decimals_in_test(environment, name, move |decimal, _| {
            let two = Decimal::operand(&Value::from(2))?;
            let rest = decimal.apply(Operation::Rem, two).ok()?;
            Some(rest.compare(&Value::from(remainder)) == Some(Ordering::Equal))
        });
    }
    with_decimals_in_test(environment, "divisibleby", |decimal, args| {
        let by = Decimal::operand(args.get(1)?)?;
        let rest = decimal.apply(Operation::Rem, by).ok()?;
        Some(rest.compare(&Value::from(0)) == Some(Ordering::Equal))
    });
}

/// The engine's filter, with a way for decimals.
fn with_decimals(
    environment: &mut Environment<'static>,
    name: &'static str,
    apply: fn(&mut State<'_, '_>, Decimal, &CallArgs) -> Result<Value>,
) {
    let originals: Environment<'static> = Environment::new();
    environment.add_filter(
        name,
        move |state: &mut State<'_, '_>, args: Rest<Value>, kwargs: Kwargs| {
            let all = together(args, kwargs);
            match all.first().and_then(Decimal::from_value) {
                Some(decimal) => {
                    let rest = all.get(1..).unwrap_or_default();
                    apply(state, decimal, &CallArgs::from_engine(rest))
                }
                None => originals.empty_state().apply_filter(name, &all),
            }
        },
    );
}

fn with_decimals_in_test(
    environment: &mut Environment<'static>,
    name: &'static str,
    holds: impl Fn(Decimal, &[Value]) -> Option<bool> + Send + Sync + 'static,
) {
    let originals: Environment<'static> = Environment::new();
    environment.add_test(name, move |args: Rest<Value>| {
        match args.first().and_then(Decimal::from_value) {
            Some(decimal) => Ok(holds(decimal, &args).unwrap_or(false)),
            None => originals.empty_state().perform_test(name, &args),
        }
    });
}

/// `x | round(precision=0, method='common')`
fn round(decimal: Decimal, args: &CallArgs) -> Result<Value> {
    let precision = args
        .get(0, "precision")
        .and_then(Value::as_i64)
        .and_then(|it| i32::try_from(it).ok())
        .unwrap_or(0);
    let method = args.optional_text(1, "method").unwrap_or_default();
    let directed: fn(f64) -> f64 = match method.as_str() {
        "" | "common" => return decimal.rounded(precision).map(Value::from_object),
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        _ => return Err(error("method must be common, ceil or floor")),
    };
    // Jinja2 goes through a float here, too.
    let factor = 10_f64.powi(precision.clamp(-300, 300));
    Ok(Value::from(directed(decimal.to_float() * factor) / factor))
}

/// What `sum`, `min` and `max` go over: the items, or an attribute of each.
fn values(originals: &Environment<'static>, all: &[Value]) -> Result<Vec<Value>> {
    let Some((subject, _)) = all.split_first() else {
        return Ok(Vec::new());
    };
    let args = CallArgs::from_engine(all);
    let attribute = args
        .named("attribute")
        .or_else(|| args.positional.get(1))
        .filter(|it| !it.is_none());
    let Some(attribute) = attribute else {
        return Ok(items(subject));
    };
    let by = Value::from(Kwargs::from_iter([("attribute", attribute.clone())]));
    let mapped = originals
        .empty_state()
        .apply_filter("map", &[subject.clone(), by])?;
    Ok(items(&mapped))
}

fn sum(state: &mut State<'_, '_>, values: &[Value], args: &CallArgs) -> Result<Value> {
    let start = args.get(2, "start").cloned().unwrap_or(Value::from(0));
    values
        .iter()
        .try_fold(start, |sum, value| sum_of(state, &sum, value))
}

fn extreme(state: &mut State<'_, '_>, values: Vec<Value>, operator: &str) -> Result<Value> {
    let mut values = values.into_iter();
    let mut best = values.next().unwrap_or_default();
    for value in values {
        if compare(state, &value, operator, &best)? {
            best = value;
        }
    }
    Ok(best)
}

fn to_float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.trim().replace('_', "").parse().ok(),
        None if value.kind() == ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        None => match Decimal::from_value(value) {
            Some(decimal) => Some(decimal.to_float()),
            None => f64::try_from(value.clone()).ok(),
        },
    }
}

/// `x | int(default=0, base=10)`
fn to_int(value: &Value, args: &CallArgs) -> Value {
    let default = || args.get(0, "default").cloned().unwrap_or(Value::from(0));
    if value.is_integer() {
        return value.clone();
    }
    if let Some(decimal) = Decimal::from_value(value) {
        return decimal.to_int().map_or_else(default, Value::from);
    }
    let base = args.get(1, "base").and_then(Value::as_usize).unwrap_or(10);
    if let Some(digits) = value.as_str() {
        let digits = digits.trim().replace('_', "").to_lowercase();
        let prefix = match base {
            16 => "0x",
            8 => "0o",
            _ => "0b",
        };
        let digits = digits.strip_prefix(prefix).unwrap_or(&digits);
        if (2..=36).contains(&base)
            && let Ok(int) = i128::from_str_radix(digits, base as u32)
        {
            return Value::from(int);
        }
    }
    match to_float(value) {
        Some(float) if float.is_finite() && float.abs() < 1e18 => Value::from(float.trunc() as i64),
        _ => default(),
    }
}
