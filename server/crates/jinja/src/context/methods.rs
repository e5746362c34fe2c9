//! Methods of Python's types on the engine's values, and the last word on unknown ones.

use minijinja::State;
use minijinja_contrib::pycompat::unknown_method_callback;

use super::operators::owned;
use crate::render::session;
use crate::value::{
    CallArgs, EngineError, EngineErrorKind, Missing, Tuple, Value, ValueKind, error, fill_decimals,
    format_percent, text,
};

/// A method that the value itself does not have.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, EngineError> {
    if let Some(subject) = value.as_str() {
        charge_text(state, subject, method, args)?;
    }
    if let Some(subject) = value.as_str()
        && let Some(found) = text_method(subject, method, args)
    {
        return found;
    }
    let filled = match value.as_str() {
        Some(subject) if method == "format" => {
            fill_decimals(subject, &CallArgs::from_engine(args)).map(Value::from)
        }
        _ => None,
    };
    let subject = filled.as_ref().unwrap_or(value);
    let outcome = unknown_method_callback(state, subject, method, args).map(owned);
    match outcome {
        // Where dbt gives an object of a class that can say what it holds, there is a dict already.
        Err(_) if method == "to_dict" && value.kind() == ValueKind::Map => Ok(value.clone()),
        Err(error) if error.kind() == EngineErrorKind::UnknownMethod => {
            unknown(state, value, method, error)
        }
        other => other,
    }
}

/// Pay for a text before it is made: the engine counts what a method gives back, when it is too late.
fn charge_text(
    state: &State<'_, '_>,
    subject: &str,
    method: &str,
    args: &[Value],
) -> Result<(), EngineError> {
    let len = |position: usize| {
        args.get(position)
            .and_then(Value::as_str)
            .map_or(0, str::len)
    };
    let n_bytes = match method {
        "replace" => {
            let old = args.first().and_then(Value::as_str).unwrap_or_default();
            subject.matches(old).count().saturating_mul(len(1))
        }
        "join" => {
            let n_items = args.first().and_then(Value::len).unwrap_or(0);
            n_items.saturating_mul(subject.len())
        }
        // `{:>80}`: no more than all the numbers in it.
        "format" => subject
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .fold(0, |sum: usize, digits| {
                sum.saturating_add(digits.parse().unwrap_or(usize::MAX))
            }),
        _ => return Ok(()),
    };
    state.consume_fuel((n_bytes / 64) as u64)
}

fn unknown(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    error_so_far: EngineError,
) -> Result<Value, EngineError> {
    let has_item = value
        .as_object()
        .is_some_and(|object| object.get_value(&Value::from(method)).is_some());
    if has_item {
        return Err(error_so_far);
    }
    // In dbt's parser anything undefined can be called.
    if session(state)?.host.is_parsing() {
        return Ok(Value::from_object(Missing));
    }
    if value.is_undefined() {
        return Err(EngineError::from(EngineErrorKind::UndefinedError));
    }
    Err(error(format!(
        "{} has no method `{method}`",
        type_name(value)
    )))
}

fn type_name(value: &Value) -> String {
    match value.kind() {
        ValueKind::Plain => {
            let shown: String = text(value).chars().take(60).collect();
            format!("`{shown}`")
        }
        kind => format!("a {kind}"),
    }
}

/// Text methods that the engine's collection lacks, or does otherwise than Python.
fn text_method(subject: &str, method: &str, args: &[Value]) -> Option<Result<Value, EngineError>> {
    let args = CallArgs::from_engine(args);
    let arg = |position: usize| args.positional.get(position).map(text).unwrap_or_default();
    let width = || {
        args.positional
            .first()
            .and_then(Value::as_usize)
            .unwrap_or(0)
            .min(100_000)
    };
    let n_missing = || width().saturating_sub(subject.chars().count());
    let padding = args.positional.get(1).map_or(" ".to_owned(), text);
    let fill = |n: usize| padding.repeat(n);
    if matches!(method, "ljust" | "rjust" | "center") && padding.chars().nth(1).is_some() {
        let message = "the fill character must be exactly one character long";
        return Some(Err(error(message)));
    }
    let parts = |parts: [&str; 3]| Ok(Value::from(Tuple::from(parts.map(Value::from))));
    Some(match method {
        "format" if !subject.contains('{') => Ok(Value::from(subject)),
        "zfill" => {
            let zeros = "0".repeat(n_missing());
            Ok(Value::from(match subject.strip_prefix(['-', '+']) {
                Some(digits) => format!("{}{zeros}{digits}", subject.get(..1).unwrap_or("")),
                None => zeros + subject,
            }))
        }
        "ljust" => Ok(Value::from(subject.to_owned() + &fill(n_missing()))),
        "rjust" => Ok(Value::from(fill(n_missing()) + subject)),
        "center" => {
            let n = n_missing();
            let left = n / 2 + (n & width() & 1);
            Ok(Value::from(format!(
                "{}{subject}{}",
                fill(left),
                fill(n - left)
            )))
        }
        "partition" => match subject.split_once(&arg(0)) {
            Some((before, after)) => parts([before, &arg(0), after]),
            None => parts([subject, "", ""]),
        },
        "rpartition" => match subject.rsplit_once(&arg(0)) {
            Some((before, after)) => parts([before, &arg(0), after]),
            None => parts(["", "", subject]),
        },
        "removeprefix" => Ok(Value::from(
            subject.strip_prefix(&arg(0)).unwrap_or(subject),
        )),
        "removesuffix" => Ok(Value::from(
            subject.strip_suffix(&arg(0)).unwrap_or(subject),
        )),
        "casefold" => Ok(Value::from(subject.to_lowercase())),
        "swapcase" => Ok(Value::from(swapped(subject))),
        "isspace" => Ok(Value::from(
            !subject.is_empty() && subject.chars().all(char::is_whitespace),
        )),
        "isdecimal" => Ok(Value::from(
            !subject.is_empty() && subject.chars().all(char::is_numeric),
        )),
        "isidentifier" => Ok(Value::from(is_identifier(subject))),
        "index" | "rindex" => {
            let found = if method == "index" {
                subject.find(&arg(0))
            } else {
                subject.rfind(&arg(0))
            };
            found
                .map(|at| Value::from(subject.get(..at).unwrap_or("").chars().count()))
                .ok_or_else(|| error("substring not found"))
        }
        "rsplit" => Ok(owned(rsplit(subject, &args))),
        "expandtabs" => Ok(Value::from(subject.replace('\t', "        "))),
        "encode" => Ok(Value::from(subject)),
        "__mod__" => format_percent(
            subject,
            &args.positional.first().cloned().unwrap_or_default(),
        )
        .map(Value::from),
        _ => return None,
    })
}

fn swapped(subject: &str) -> String {
    subject
        .chars()
        .flat_map(|c| -> Vec<char> {
            if c.is_uppercase() {
                c.to_lowercase().collect()
            } else {
                c.to_uppercase().collect()
            }
        })
        .collect()
}

fn is_identifier(subject: &str) -> bool {
    let mut chars = subject.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

fn rsplit(subject: &str, args: &CallArgs) -> Value {
    let separator = args.optional_text(0, "sep");
    let max = args.get(1, "maxsplit").and_then(Value::as_usize);
    let n_parts = max.map_or(usize::MAX, |max| max.saturating_add(1));
    let mut parts: Vec<Value> = match &separator {
        Some(separator) if !separator.is_empty() => subject
            .rsplitn(n_parts, separator.as_str())
            .map(Value::from)
            .collect(),
        _ => subject
            .trim()
            .rsplitn(n_parts, char::is_whitespace)
            .filter(|part| !part.is_empty())
            .map(Value::from)
            .collect(),
    };
    parts.reverse();
    Value::from(parts)
}
