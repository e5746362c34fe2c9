//! How Python prints values: names and hashes of generic tests are made of it.

use std::fmt::Write as _;

use base::{python_float, write_python_repr};
use serde_json::{Number, Value};

/// `str(value)`
#[must_use]
pub fn python_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        _ => python_repr(value),
    }
}

/// `repr(value)`
#[must_use]
pub fn python_repr(value: &Value) -> String {
    let mut out = String::new();
    REPR.write(value, &mut out);
    out
}

/// `json.dumps(value)`
#[must_use]
pub fn python_json(value: &Value) -> String {
    let mut out = String::new();
    JSON.write(value, &mut out);
    out
}

/// The words of a notation, and how it quotes.
struct Notation {
    null: &'static str,
    yes: &'static str,
    no: &'static str,
    write_text: fn(&str, &mut String),
}

const REPR: Notation = Notation {
    null: "None",
    yes: "True",
    no: "False",
    write_text: write_python_repr,
};

const JSON: Notation = Notation {
    null: "null",
    yes: "true",
    no: "false",
    write_text: write_json_text,
};

impl Notation {
    fn write(&self, value: &Value, out: &mut String) {
        match value {
            Value::Null => out.push_str(self.null),
            Value::Bool(true) => out.push_str(self.yes),
            Value::Bool(false) => out.push_str(self.no),
            Value::Number(number) => out.push_str(&python_number(number)),
            Value::String(text) => (self.write_text)(text, out),
            Value::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        out.push_str(", ");
                    }
                    self.write(item, out);
                }
                out.push(']');
            }
            Value::Object(map) => {
                out.push('{');
                for (n, (key, value)) in map.iter().enumerate() {
                    if n > 0 {
                        out.push_str(", ");
                    }
                    (self.write_text)(key, out);
                    out.push_str(": ");
                    self.write(value, out);
                }
                out.push('}');
            }
        }
    }
}

/// Nothing but ASCII, as Python does it unless told otherwise.
fn write_json_text(text: &str, out: &mut String) {
    for c in Value::from(text).to_string().chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

fn python_number(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let Some(float) = number.as_f64() else {
        return number.to_string();
    };
    python_float(float)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{python_json, python_repr, python_str};

    #[test]
    fn prints_as_python_does() {
        let value =
            json!({"a": [1, 1.0, 0.5, 1e16, 1e-5, true, null], "b": "it's", "c": "it's \"x\"\n"});
        assert_eq!(
            python_repr(&value),
            r#"{'a': [1, 1.0, 0.5, 1e+16, 1e-05, True, None], 'b': "it's", 'c': 'it\'s "x"\n'}"#
        );
    }

    #[test]
    fn json_has_spaces_and_only_ascii() {
        assert_eq!(
            python_json(&json!({"a": [1, 1.0, null], "b": "é\u{1f600}\"\n\u{7f}", "c": {}})),
            r#"{"a": [1, 1.0, null], "b": "\u00e9\ud83d\ude00\"\n\u007f", "c": {}}"#
        );
    }

    #[test]
    fn a_text_prints_as_itself() {
        assert_eq!(python_str(&json!("a'b")), "a'b");
    }
}
