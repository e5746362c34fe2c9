//! Jinja2's filters on texts and numbers that the engine lacks, or is stricter about.

use std::fmt::Write as _;

use minijinja::Environment;
use minijinja::value::{Kwargs, Rest};

use super::together;
use crate::value::{CallArgs, Value, ValueKind, text};

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
    environment.add_filter("center", |value: &Value, width: Option<usize>| {
        center(&text(value), width.unwrap_or(80).min(100_000))
    });
    environment.add_filter("wordcount", |value: &Value| {
        text(value)
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .count()
    });
    environment.add_filter(
        "truncate",
        |value: &Value, args: Rest<Value>, kwargs: Kwargs| {
            truncate(
                &text(value),
                &CallArgs::from_engine(&together(args, kwargs)),
            )
        },
    );
    environment.add_filter("urlencode", |value: &Value| url_encoded(&text(value)));
    environment.add_filter("filesizeformat", minijinja_contrib::filters::filesizeformat);
    environment.add_filter("striptags", minijinja_contrib::filters::striptags);
}

fn to_float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.trim().replace('_', "").parse().ok(),
        None if value.kind() == ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        None => f64::try_from(value.clone()).ok(),
    }
}

/// `x | int(default=0, base=10)`
fn to_int(value: &Value, args: &CallArgs) -> Value {
    let default = || args.get(0, "default").cloned().unwrap_or(Value::from(0));
    if value.is_integer() {
        return value.clone();
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

fn center(text: &str, width: usize) -> String {
    let n_missing = width.saturating_sub(text.chars().count());
    let left = n_missing / 2 + (n_missing & width & 1);
    format!("{}{text}{}", " ".repeat(left), " ".repeat(n_missing - left))
}

/// `x | truncate(length=255, killwords=false, end='...', leeway=5)`
fn truncate(text: &str, args: &CallArgs) -> String {
    let number = |position, name, default| {
        args.get(position, name)
            .and_then(Value::as_usize)
            .unwrap_or(default)
    };
    let length = number(0, "length", 255);
    let end = args.optional_text(2, "end").unwrap_or("...".to_owned());
    if text.chars().count() <= length + number(3, "leeway", 5) {
        return text.to_owned();
    }
    let kept: String = text
        .chars()
        .take(length.saturating_sub(end.chars().count()))
        .collect();
    if args.is_true_or(1, "killwords", false) {
        return kept + &end;
    }
    let words = kept
        .rsplit_once(' ')
        .map_or(kept.as_str(), |(words, _)| words);
    words.to_owned() + &end
}

fn url_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
