//! How Python writes values: `str()`, `repr()` and `'%s' % x`.

use std::cell::Cell;
use std::fmt;

use base::{python_float, write_python_repr};

use super::{Decimal, EngineError, Set, Value, ValueKind, error};

/// Deeper than any data, shallower than the stack. A list can contain itself.
const MAX_RENDER_DEPTH: u32 = 64;

/// Items of one text, all levels together: lists that share lists have more of them than memory.
const MAX_RENDER_ITEMS: usize = 4_000_000;

thread_local! {
    static RENDER_DEPTH: Cell<u32> = const { Cell::new(0) };
    static RENDERED_ITEMS: Cell<usize> = const { Cell::new(0) };
}

/// Write the inside of a container of `n_items`, or `...` where that would never end.
pub(crate) fn guarded_render(
    f: &mut fmt::Formatter<'_>,
    n_items: usize,
    render: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let depth = RENDER_DEPTH.get();
    let before = if depth == 0 { 0 } else { RENDERED_ITEMS.get() };
    RENDERED_ITEMS.set(before.saturating_add(n_items + 1));
    if depth >= MAX_RENDER_DEPTH || RENDERED_ITEMS.get() > MAX_RENDER_ITEMS {
        return f.write_str("...");
    }
    RENDER_DEPTH.set(depth + 1);
    let result = render(f);
    RENDER_DEPTH.set(depth);
    result
}

/// `str(value)`
pub fn text(value: &Value) -> String {
    match (value.as_str(), as_float(value)) {
        (Some(text), _) => text.to_owned(),
        (None, Some(float)) => python_float(float),
        (None, None) if super::is_bottomless(value) => "...".to_owned(),
        (None, None) => value.to_string(),
    }
}

/// `repr(value)`
pub fn repr(value: &Value) -> String {
    match (value.as_str(), as_float(value)) {
        (Some(text), _) => {
            let mut out = String::with_capacity(text.len() + 2);
            write_python_repr(text, &mut out);
            out
        }
        (None, Some(float)) => python_float(float),
        (None, None) if super::is_bottomless(value) => "...".to_owned(),
        (None, None) => object_repr(value).unwrap_or_else(|| value.to_string()),
    }
}

/// Of objects whose `repr()` is not their `str()`.
fn object_repr(value: &Value) -> Option<String> {
    value.as_object()?;
    Decimal::from_value(value)
        .map(Decimal::repr)
        .or_else(|| crate::context::repr_of_time(value))
}

/// `type(value).__name__`, as Python's error messages have it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "Undefined",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        ValueKind::Map => "dict",
        ValueKind::Seq | ValueKind::Iterable if value.is_tuple() => "tuple",
        ValueKind::Seq | ValueKind::Iterable => {
            if value.downcast_object_ref::<Set>().is_some() {
                "set"
            } else {
                "list"
            }
        }
        _ if Decimal::from_value(value).is_some() => "decimal.Decimal",
        _ => crate::context::type_of_time(value).unwrap_or("object"),
    }
}

/// The number, if it is one with a fraction.
pub(crate) fn as_float(value: &Value) -> Option<f64> {
    let is_float = value.is_number() && !value.is_integer();
    is_float
        .then(|| f64::try_from(value.clone()).ok())
        .flatten()
}

/// `1.050000e+01`: the exponent has a sign and two digits at least.
fn exponential(number: f64, precision: usize, conversion: char) -> String {
    let shown = format!("{number:.precision$e}");
    let Some((mantissa, exponent)) = shown.split_once('e') else {
        return shown;
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{conversion}{sign}{digits:0>2}")
}

/// One `%(name)-05.2f` of a format.
#[derive(Debug, Default)]
struct Spec<'a> {
    name: Option<&'a str>,
    flags: &'a str,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

/// `format % value`
pub fn format_percent(format: &str, value: &Value) -> Result<String, EngineError> {
    let values = if value.is_tuple() {
        super::items(value)
    } else {
        vec![value.clone()]
    };
    let mut values = values.into_iter();
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    let mut uses_names = false;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let (spec, len) = parse_spec(rest.get(at + 1..).unwrap_or(""))
            .ok_or_else(|| error("incomplete format"))?;
        rest = rest.get(at + 1 + len..).unwrap_or("");
        if spec.conversion == '%' {
            out.push('%');
            continue;
        }
        let argument = match spec.name {
            Some(name) => {
                uses_names = true;
                value.get_item(&Value::from(name))?
            }
            None => values
                .next()
                .ok_or_else(|| error("not enough arguments for format string"))?,
        };
        out.push_str(&pad(&spec, convert(&spec, &argument)?));
    }
    out.push_str(rest);
    let is_left_over = !uses_names && values.next().is_some() && value.kind() != ValueKind::Map;
    if is_left_over {
        return Err(error(
            "not all arguments converted during string formatting",
        ));
    }
    Ok(out)
}

fn parse_spec(text: &str) -> Option<(Spec<'_>, usize)> {
    let mut spec = Spec::default();
    let mut pos = 0;
    if let Some(inside) = text.strip_prefix('(') {
        let end = inside.find(')')?;
        spec.name = inside.get(..end);
        pos = end + 2;
    }
    let count = |pos: usize, is_part: fn(char) -> bool| {
        text.get(pos..)
            .map_or(0, |rest| rest.chars().take_while(|c| is_part(*c)).count())
    };
    let n_flags = count(pos, |c| "-+ #0".contains(c));
    spec.flags = text.get(pos..pos + n_flags)?;
    pos += n_flags;
    let n_width = count(pos, |c| c.is_ascii_digit());
    spec.width = text
        .get(pos..pos + n_width)?
        .parse()
        .unwrap_or(0)
        .min(10_000);
    pos += n_width;
    if text.get(pos..)?.starts_with('.') {
        let n_digits = count(pos + 1, |c| c.is_ascii_digit());
        let digits = text.get(pos + 1..pos + 1 + n_digits)?;
        spec.precision = Some(digits.parse().unwrap_or(0).min(1_000));
        pos += 1 + n_digits;
    }
    spec.conversion = text.get(pos..)?.chars().next()?;
    let end = pos + spec.conversion.len_utf8();
    Some((spec, end))
}

fn convert(spec: &Spec<'_>, value: &Value) -> Result<String, EngineError> {
    let wrong_type = || {
        error(format!(
            "%{} format: a number is required, not {}",
            spec.conversion,
            value.kind()
        ))
    };
    let decimal = Decimal::from_value(value);
    let number = || {
        decimal
            .map(Decimal::to_float)
            .map_or_else(|| f64::try_from(value.clone()), Ok)
            .map_err(|_| wrong_type())
    };
    let signed = |text: String| {
        let needs_sign = spec.flags.contains('+') && !text.starts_with('-');
        if needs_sign { format!("+{text}") } else { text }
    };
    match spec.conversion {
        's' | 'r' | 'a' => {
            let full = if spec.conversion == 's' {
                text(value)
            } else {
                repr(value)
            };
            Ok(match spec.precision {
                Some(n) => full.chars().take(n).collect(),
                None => full,
            })
        }
        'd' | 'i' | 'u' => {
            if value.is_integer() {
                return Ok(signed(value.to_string()));
            }
            if let Some(int) = decimal.and_then(Decimal::to_int) {
                return Ok(signed(int.to_string()));
            }
            Ok(signed(format!("{:.0}", number()?.trunc())))
        }
        'f' | 'F' => Ok(signed(format!(
            "{:.*}",
            spec.precision.unwrap_or(6),
            number()?
        ))),
        'e' | 'E' => Ok(signed(exponential(
            number()?,
            spec.precision.unwrap_or(6),
            spec.conversion,
        ))),
        'g' | 'G' => Ok(signed(number()?.to_string())),
        'x' | 'X' | 'o' => {
            let int = i128::try_from(value.clone()).map_err(|_| wrong_type())?;
            Ok(match spec.conversion {
                'x' => format!("{int:x}"),
                'X' => format!("{int:X}"),
                _ => format!("{int:o}"),
            })
        }
        'c' => Ok(text(value)),
        other => Err(error(format!("unsupported format character '{other}'"))),
    }
}

fn pad(spec: &Spec<'_>, converted: String) -> String {
    let n_missing = spec.width.saturating_sub(converted.chars().count());
    if n_missing == 0 {
        return converted;
    }
    if spec.flags.contains('-') {
        return converted + &" ".repeat(n_missing);
    }
    if spec.flags.contains('0') && !matches!(spec.conversion, 's' | 'r' | 'a' | 'c') {
        let zeros = "0".repeat(n_missing);
        return match converted.strip_prefix(['-', '+']) {
            Some(digits) => {
                let sign = converted.get(..1).unwrap_or("");
                format!("{sign}{zeros}{digits}")
            }
            None => zeros + &converted,
        };
    }
    " ".repeat(n_missing) + &converted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Tuple;

    #[test]
    fn formats_with_percent() {
        let tuple = Value::from(Tuple::new(vec![Value::from("a"), Value::from(3)]));
        assert_eq!(format_percent("%s=%03d%%", &tuple).unwrap(), "a=003%");
        assert_eq!(format_percent("%.2f", &Value::from(1.5)).unwrap(), "1.50");
        assert_eq!(format_percent("%-4s|", &Value::from("x")).unwrap(), "x   |");
        assert_eq!(
            format_percent("%(k)r", &crate::value::dict([("k", Value::from("v"))])).unwrap(),
            "'v'"
        );
        assert!(format_percent("%s %s", &Value::from(1)).is_err());
        assert!(format_percent("none", &Value::from(1)).is_err());
    }
}
