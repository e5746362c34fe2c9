//! Jinja2's filters on texts that the engine lacks, or is stricter about.

use std::fmt::Write as _;

use minijinja::Environment;
use minijinja::value::{Kwargs, Rest};

use super::together;
use crate::value::{CallArgs, Decimal, Value, text};

pub(super) fn install(environment: &mut Environment<'static>) {
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
    environment.add_filter(
        "filesizeformat",
        |value: &Value, is_binary: Option<bool>| {
            let size = Decimal::from_value(value)
                .map_or_else(|| f64::try_from(value.clone()), |it| Ok(it.to_float()));
            size.map(|size| minijinja_contrib::filters::filesizeformat(size, is_binary))
        },
    );
    environment.add_filter("striptags", minijinja_contrib::filters::striptags);
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
