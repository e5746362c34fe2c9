//! Between template values and JSON.

use super::{Value, ValueKind};

/// JSON as a value: arrays and objects become lists and dicts that can change.
pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Value::from(int),
            (None, Some(float)) => Value::from(float),
            (None, None) => Value::from(number.to_string()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => super::list(items.iter().map(from_json)),
        serde_json::Value::Object(pairs) => super::dict(
            pairs
                .iter()
                .map(|(key, value)| (key.as_str(), from_json(value))),
        ),
    }
}

/// A value as JSON; what JSON has no word for becomes its text.
pub fn to_json(value: &Value) -> serde_json::Value {
    to_json_within(value, 64, &mut 4_000_000)
}

/// A list can contain itself, or the same list many times: at some depth and size only dots are left.
fn to_json_within(value: &Value, depth: u32, budget: &mut usize) -> serde_json::Value {
    *budget = budget.saturating_sub(1);
    if depth == 0 || *budget == 0 {
        return serde_json::Value::from("...");
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => serde_json::Value::from(value.is_true()),
        ValueKind::Number => match (value.as_i64(), f64::try_from(value.clone())) {
            (Some(int), _) if value.is_integer() => serde_json::Value::from(int),
            (_, Ok(float)) => serde_json::Value::from(float),
            _ => serde_json::Value::from(value.to_string()),
        },
        ValueKind::Seq | ValueKind::Iterable => super::items(value)
            .iter()
            .map(|item| to_json_within(item, depth - 1, budget))
            .collect(),
        ValueKind::Map => super::pairs(value)
            .iter()
            .map(|(key, value)| (super::text(key), to_json_within(value, depth - 1, budget)))
            .collect(),
        _ => serde_json::Value::from(super::text(value)),
    }
}
