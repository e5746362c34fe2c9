//! The type of a plain scalar, by the rules of YAML 1.1 as PyYAML applies them.
//!
//! They differ from YAML 1.2 where users notice: `yes` and `off` are booleans, `017` is octal, `1e3` is a text.

use serde_json::{Number, Value};

/// A scalar with its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`, ...
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A float, or an integer that does not fit.
    Float(f64),
    /// Everything else, dates too.
    Text(&'a str),
}

impl Scalar<'_> {
    /// As JSON; infinities and NaN, which JSON lacks, as texts.
    pub fn to_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => value.into(),
            Self::Int(value) => value.into(),
            Self::Float(value) => {
                Number::from_f64(value).map_or_else(|| float_text(value).into(), Value::Number)
            }
            Self::Text(text) => text.into(),
        }
    }
}

fn float_text(value: f64) -> &'static str {
    if value.is_nan() {
        ".nan"
    } else if value > 0.0 {
        ".inf"
    } else {
        "-.inf"
    }
}

/// The type of a scalar written without quotes.
pub fn plain_scalar(raw: &str) -> Scalar<'_> {
    match raw {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        _ => {}
    }
    let is_candidate = raw
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.'));
    if !is_candidate {
        return Scalar::Text(raw);
    }
    number(raw).unwrap_or(Scalar::Text(raw))
}

fn number(raw: &str) -> Option<Scalar<'static>> {
    let (sign, digits) = match raw.as_bytes().first()? {
        b'-' => (-1, raw.get(1..)?),
        b'+' => (1, raw.get(1..)?),
        _ => (1, raw),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(Scalar::Float(f64::from(sign) * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits.len() == raw.len() => {
            return Some(Scalar::Float(f64::NAN));
        }
        _ => {}
    }
    integer(digits)
        .map(|value| match i64::try_from(i128::from(sign) * value) {
            Ok(value) => Scalar::Int(value),
            #[expect(clippy::cast_precision_loss, reason = "it does not fit otherwise")]
            Err(_) => Scalar::Float((i128::from(sign) * value) as f64),
        })
        .or_else(|| Some(Scalar::Float(f64::from(sign) * float(digits)?)))
}

fn integer(digits: &str) -> Option<i128> {
    let radix = |digits: &str, radix: u32| {
        let is_valid = |c: char| c == '_' || c.is_digit(radix);
        let clean = digits.replace('_', "");
        (digits.chars().all(is_valid) && !clean.is_empty())
            .then(|| i128::from_str_radix(&clean, radix).ok())
            .flatten()
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return radix(binary, 2);
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return radix(hex, 16);
    }
    if digits == "0" {
        return Some(0);
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return radix(octal, 8);
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if digits.contains(':') {
        return sexagesimal(digits);
    }
    radix(digits, 10)
}

/// `1:30` is ninety, a surprise that PyYAML keeps.
fn sexagesimal(digits: &str) -> Option<i128> {
    let mut parts = digits.split(':');
    let mut value: i128 = parts.next()?.replace('_', "").parse().ok()?;
    for part in parts {
        let part: i128 = (part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()?;
        value = value
            .checked_mul(60)?
            .checked_add((part < 60).then_some(part)?)?;
    }
    Some(value)
}

fn float(digits: &str) -> Option<f64> {
    let (whole, rest) = digits.split_once('.')?;
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (rest.get(..at)?, Some(rest.get(at + 1..)?)),
        None => (rest, None),
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let starts_well = whole
        .bytes()
        .next()
        .or(fraction.bytes().next())?
        .is_ascii_digit();
    // YAML 1.1 wants a sign in the exponent.
    let is_exponent_valid = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['+', '-'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    });
    (starts_well && is_digits(whole) && is_digits(fraction) && is_exponent_valid)
        .then(|| digits.replace('_', "").parse().ok())
        .flatten()
}
