//! dbt's native rendering of texts in YAML files: a text that is one expression keeps the expression's type.

use base::SourceRange;

use crate::syntax::{TagKind, Template};
use crate::value::{Value, from_literal, text};

/// How `as_number` and its like mark a text; cannot be part of a value that a person wrote.
const MARK: char = '\u{1}';

/// The inside of the one `{{ ... }}` that `input` consists of.
pub(super) fn only_expression(input: &str) -> Option<SourceRange> {
    let tree = Template::parse(input);
    let [tag] = tree.tags.as_slice() else {
        return None;
    };
    let is_all = tag.kind == TagKind::Output && tag.range.len() as usize == input.len();
    if !is_all || !tree.errors.is_empty() {
        return None;
    }
    let inside = tag.range.of(input);
    let inside = inside.strip_prefix("{{")?.strip_suffix("}}")?;
    let start = 2 + u32::from(inside.starts_with('-'));
    let end = tag.range.end - 2 - u32::from(inside.ends_with('-'));
    (start < end).then(|| SourceRange::new(start, end))
}

/// A template that keeps the expression's value, with every character at its place as far as possible.
pub(super) fn wrap(input: &str, expression: SourceRange) -> String {
    format!("{{% do dagsmith_value({}) %}}", expression.of(input))
}

/// Mark `value` for [`convert`]: what `as_native`, `as_bool`, `as_number` and `as_text` do in YAML.
pub(crate) fn mark(filter: &str, value: &Value) -> Value {
    let kind = match filter {
        "as_bool" => 'b',
        "as_number" => 'n',
        "as_text" => 't',
        _ => 'v',
    };
    Value::from(format!("{MARK}{kind}{}", text(value)))
}

/// The value of a marked text; other values stay as they are.
pub(super) fn convert(value: &Value) -> Result<Value, String> {
    let Some((kind, raw)) = value
        .as_str()
        .and_then(|text| text.strip_prefix(MARK))
        .and_then(|rest| rest.split_at_checked(1))
    else {
        return Ok(value.clone());
    };
    if kind == "t" {
        return Ok(Value::from(raw));
    }
    let native = literal_eval(raw).unwrap_or_else(|| Value::from(raw));
    let is_bool = native.kind() == crate::value::ValueKind::Bool;
    match kind {
        "b" if !is_bool => Err(format!("could not convert value '{raw}' into type 'bool'")),
        "n" if !native.is_number() || is_bool => Err(format!(
            "could not convert value '{raw}' into type 'number'"
        )),
        _ => Ok(native),
    }
}

/// Python's `ast.literal_eval`, for what Jinja can write too. `true` is not Python, and stays text.
fn literal_eval(raw: &str) -> Option<Value> {
    if matches!(raw.trim(), "true" | "false" | "none") {
        return None;
    }
    let template = format!("{{{{ f({raw}) }}}}");
    let tree = Template::parse(&template);
    let [call] = tree.calls.as_slice() else {
        return None;
    };
    let [argument] = &*call.args else { return None };
    if !tree.errors.is_empty() || argument.name.is_some() {
        return None;
    }
    argument.value.literal.as_ref().map(from_literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_literals_as_python_would() {
        let check = |raw: &str, expected: &str| {
            let shown = literal_eval(raw).map(|value| format!("{value:?}"));
            assert_eq!(shown.as_deref().unwrap_or("-"), expected, "{raw}");
        };
        check("1", "1");
        check("True", "True");
        check("true", "-");
        check("[1, 'a']", "[1, 'a']");
        check("abc", "-");
        check("1, 2", "-");
    }

    #[test]
    fn finds_the_only_expression() {
        assert!(only_expression("{{ var('x') }}").is_some());
        assert!(only_expression("a{{ var('x') }}").is_none());
        assert!(only_expression("{{ a }}{{ b }}").is_none());
        assert!(only_expression("{{ a").is_none());
    }
}
