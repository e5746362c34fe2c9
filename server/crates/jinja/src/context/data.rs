//! Functions on data: JSON and YAML, sets, `zip`, hashes.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use md5::{Digest as _, Md5};
use minijinja::State;

use super::is_missing;
use crate::render::{Session, host_error};
use crate::value::{
    CallArgs, EngineError, Set, Tuple, Value, ValueKind, dict, error, from_json, items, list,
    pairs, text, to_json, type_name,
};

type Result<T> = std::result::Result<T, EngineError>;

fn default(args: &CallArgs, position: usize) -> Value {
    args.get(position, "default")
        .cloned()
        .unwrap_or(Value::from(()))
}

/// `fromjson(text, default=none)`
pub(super) fn from_json_text(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let input = args.required_text("fromjson", 0, "string")?;
    Ok(match serde_json::from_str(&input) {
        Ok(json) => from_json(&json),
        // dbt: anything that is not JSON is the default.
        Err(_) => default(args, 1),
    })
}

/// `tojson(value, default=none, sort_keys=false)`
pub(super) fn to_json_text(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let value = args.required("tojson", 0, "value")?;
    if let Some(type_name) = first_without_json(&value) {
        return Err(error(format!(
            "Object of type {type_name} is not JSON serializable"
        )));
    }
    let json = to_json(&value);
    let mut out = String::new();
    write_json(&json, args.is_true_or(2, "sort_keys", false), &mut out);
    Ok(Value::from(out))
}

/// The type of the first value within that Python's `json` refuses. dbt lets that end the template, default or not.
fn first_without_json(value: &Value) -> Option<&'static str> {
    find_without_json(value, 64, &mut { MAX_LOOKED_AT })
}

/// Values that are looked at: lists that share lists hold more of them than there is time.
const MAX_LOOKED_AT: usize = 1_000_000;

fn find_without_json(value: &Value, depth: u32, budget: &mut usize) -> Option<&'static str> {
    *budget = budget.checked_sub(1)?;
    let inside: Vec<Value> = match value.kind() {
        ValueKind::Plain => {
            let name = type_name(value);
            return (name != "object").then(|| name.rsplit('.').next().unwrap_or(name));
        }
        ValueKind::Map => pairs(value).into_iter().map(|(_, value)| value).collect(),
        ValueKind::Seq | ValueKind::Iterable if !is_missing(value) => items(value),
        _ => return None,
    };
    // A list can contain itself.
    let depth = depth.checked_sub(1)?;
    inside
        .iter()
        .find_map(|value| find_without_json(value, depth, budget))
}

/// JSON as Python writes it: `", "` and `": "`, and nothing but ASCII.
pub(super) fn write_json(json: &serde_json::Value, sort_keys: bool, out: &mut String) {
    match json {
        serde_json::Value::Array(values) => {
            out.push('[');
            for (idx, value) in values.iter().enumerate() {
                out.push_str(if idx > 0 { ", " } else { "" });
                write_json(value, sort_keys, out);
            }
            out.push(']');
        }
        serde_json::Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            if sort_keys {
                pairs.sort_by_key(|(key, _)| *key);
            }
            out.push('{');
            for (idx, (key, value)) in pairs.into_iter().enumerate() {
                out.push_str(if idx > 0 { ", " } else { "" });
                push_ascii(&serde_json::Value::from(key.as_str()).to_string(), out);
                out.push_str(": ");
                write_json(value, sort_keys, out);
            }
            out.push('}');
        }
        scalar => push_ascii(&scalar.to_string(), out),
    }
}

fn push_ascii(json: &str, out: &mut String) {
    use std::fmt::Write as _;
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// `fromyaml(text, default=none)`
pub(super) fn from_yaml_text(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let input = args.required_text("fromyaml", 0, "value")?;
    Ok(session
        .host
        .parse_yaml(&input)
        .unwrap_or_else(|_| default(args, 1)))
}

/// `toyaml(value, default=none, sort_keys=false)`
pub(super) fn to_yaml_text(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let value = args.required("toyaml", 0, "value")?;
    let sort_keys = args.is_true_or(2, "sort_keys", false);
    // YAML has dates, but no decimals.
    if first_without_json(&value) == Some("Decimal") {
        return Ok(default(args, 1));
    }
    session
        .host
        .format_yaml(&value, sort_keys)
        .map(Value::from)
        .map_err(host_error)
}

fn iterable(function: &str, value: &Value) -> Result<Vec<Value>> {
    if let Some(text) = value.as_str() {
        return Ok(text.chars().map(|c| Value::from(c.to_string())).collect());
    }
    let is_iterable = matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable
    );
    if is_iterable {
        Ok(items(value))
    } else {
        Err(error(format!(
            "{function}(): '{}' object is not iterable",
            value.kind()
        )))
    }
}

/// `set(values, default=none)`
pub(super) fn set(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let Some(value) = args.get(0, "value") else {
        return Ok(Value::from_object(Set::default()));
    };
    let made = iterable("set", value).and_then(Set::new);
    Ok(made.map_or_else(|_| default(args, 1), Value::from_object))
}

/// `set_strict(values)`
pub(super) fn set_strict(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let value = args.required("set_strict", 0, "value")?;
    iterable("set_strict", &value)
        .and_then(Set::new)
        .map(Value::from_object)
}

fn zipped(function: &str, args: &CallArgs) -> Result<Value> {
    let columns = args
        .positional
        .iter()
        .map(|value| iterable(function, value))
        .collect::<Result<Vec<_>>>()?;
    let len = columns.iter().map(Vec::len).min().unwrap_or(0);
    Ok(list((0..len).map(|idx| {
        let row = columns
            .iter()
            .filter_map(|column| column.get(idx).cloned())
            .collect();
        Value::from(Tuple::new(row))
    })))
}

/// `zip(a, b, default=none)`
pub(super) fn zip(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    Ok(zipped("zip", args)
        .unwrap_or_else(|_| args.named("default").cloned().unwrap_or(Value::from(()))))
}

/// `zip_strict(a, b)`
pub(super) fn zip_strict(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    zipped("zip_strict", args)
}

/// `dict(a=1)`, `dict(pairs)`
pub(super) fn dict_function(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let mut map: IndexMap<Value, Value> = IndexMap::new();
    if let Some(from) = args.positional.first() {
        if from.kind() == ValueKind::Map {
            map.extend(pairs(from));
        } else {
            for pair in iterable("dict", from)? {
                match items(&pair).as_slice() {
                    [key, value] => map.insert(key.clone(), value.clone()),
                    _ => return Err(error("dict() needs a dict or pairs")),
                };
            }
        }
    }
    map.extend(
        args.keyword
            .iter()
            .map(|(key, value)| (Value::from(key.as_str()), value.clone())),
    );
    Ok(dict(map))
}

/// `local_md5(text)`
pub(super) fn local_md5(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    use std::fmt::Write as _;
    let input = args.required_text("local_md5", 0, "value")?;
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(input.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(Value::from(hex))
}

/// `diff_of_two_dicts(a, b)`: what `a` has and `b` has not; texts compare without case.
pub(super) fn diff_of_two_dicts(
    _state: &mut State<'_, '_>,
    _session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value> {
    let lower = |value: &Value| text(value).to_lowercase();
    let values = |value: &Value| {
        if value.as_str().is_some() {
            vec![value.clone()]
        } else {
            items(value)
        }
    };
    let left = args.required("diff_of_two_dicts", 0, "dict_a")?;
    let right = args.required("diff_of_two_dicts", 1, "dict_b")?;
    let right: IndexMap<String, IndexSet<String>> = pairs(&right)
        .iter()
        .map(|(key, value)| (lower(key), values(value).iter().map(lower).collect()))
        .collect();
    let mut difference = Vec::new();
    for (key, value) in pairs(&left) {
        let Some(known) = right.get(&lower(&key)) else {
            difference.push((key, value));
            continue;
        };
        let missing: Vec<Value> = values(&value)
            .into_iter()
            .filter(|value| !known.contains(&lower(value)))
            .collect();
        if !missing.is_empty() {
            difference.push((key, list(missing)));
        }
    }
    Ok(dict(difference))
}
