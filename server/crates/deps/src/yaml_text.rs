//! Writes YAML as Python's library does it for dbt: a lock written by either is the same file.
//!
//! Lists are indented, keys sorted, and texts stand without quotes unless they would read as something else. Lines are
//! not folded.

use std::fmt::Write as _;

use project::{python_text::python_str, yaml::Yaml};
use serde_json::Value;

/// A document.
pub(crate) fn yaml_text(value: &Value) -> String {
    let mut out = String::new();
    write_block(value, 0, &mut out);
    out
}

fn write_block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (n, (key, value)) in entries.into_iter().enumerate() {
                if n > 0 {
                    pad(indent, out);
                }
                out.push_str(&scalar(key));
                out.push(':');
                write_below(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    pad(indent, out);
                }
                out.push_str("- ");
                write_block(item, indent + 2, out);
            }
        }
        other => {
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
}

/// A value behind its key.
fn write_below(value: &Value, indent: usize, out: &mut String) {
    let is_block = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        pad(indent + 2, out);
        write_block(value, indent + 2, out);
    } else {
        let _ = writeln!(out, " {}", inline(value));
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::Number(_) => python_str(value),
    }
}

fn scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || !c.is_ascii()) {
        // JSON's escapes are YAML's.
        return project::python_text::python_json(&text.into());
    }
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a text without quotes reads as itself.
fn is_plain(text: &str) -> bool {
    let starts_badly = text.starts_with([
        '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', ' ',
    ]) || text.starts_with("---")
        || text.starts_with("...")
        || matches!(text, "-" | "?" | ":")
        || ["- ", "? ", ": "].iter().any(|it| text.starts_with(it));
    let breaks =
        text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.ends_with(' ');
    !text.is_empty() && !starts_badly && !breaks && !is_other_type(text)
}

/// Whether it reads as something other than a text, in our reader or in Python's of YAML 1.1.
fn is_other_type(text: &str) -> bool {
    let words = [
        "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<",
    ];
    if words.contains(&text.to_ascii_lowercase().as_str()) {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all =
        |rest: &str, allowed: &str| !rest.is_empty() && rest.chars().all(|c| allowed.contains(c));
    // 12, 1_000, 0x1f, 0b1, 1:30, 1.5, .5, 2020-01-01
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && all(unsigned, "0123456789_:.")
        && unsigned.matches('.').count() <= 1
        && unsigned != ".";
    let is_hex = unsigned
        .strip_prefix("0x")
        .is_some_and(|rest| all(rest, "0123456789abcdefABCDEF_"));
    let is_binary = unsigned
        .strip_prefix("0b")
        .is_some_and(|rest| all(rest, "01_"));
    let is_date = text.len() >= 8 && all(text, "0123456789-") && text.matches('-').count() == 2;
    let (tree, _) = Yaml::parse(text);
    is_number || is_hex || is_binary || is_date || tree.root().as_text().is_none()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_what_would_read_as_something_else() {
        let texts = [
            "1.0",
            "1.0.0",
            "yes",
            "~",
            "<2.0.0",
            ">=1.0",
            "a: b",
            "a:b",
            "- x",
            "-x",
            "0x1f",
            "{x}",
            "a'b",
            "'a'",
            "12:30",
            "012",
            "",
            "é",
            "https://{{env_var('A')}}@x y",
            "2020-01-01",
            "a #b",
            "...",
        ];
        expect![[r#"
            - '1.0'
            - 1.0.0
            - 'yes'
            - '~'
            - <2.0.0
            - '>=1.0'
            - 'a: b'
            - a:b
            - '- x'
            - -x
            - '0x1f'
            - '{x}'
            - a'b
            - '''a'''
            - '12:30'
            - '012'
            - ''
            - "\u00e9"
            - https://{{env_var('A')}}@x y
            - '2020-01-01'
            - 'a #b'
            - '...'
        "#]]
        .assert_eq(&yaml_text(&json!(texts)));
    }

    #[test]
    fn a_lock_looks_as_dbt_writes_it() {
        let lock = json!({
            "sha1_hash": "abc",
            "packages": [{"version": "1.0.0", "package": "a/b", "name": "b"}, {"local": "../a", "versions": ["1", ">2"]}],
            "none": [],
        });
        expect![[r#"
            none: []
            packages:
              - name: b
                package: a/b
                version: 1.0.0
              - local: ../a
                versions:
                  - '1'
                  - '>2'
            sha1_hash: abc
        "#]]
        .assert_eq(&yaml_text(&lock));
    }
}
