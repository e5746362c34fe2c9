//! How Python writes texts and floats, for values that templates print and dbt hashes.

use std::fmt::Write as _;

/// `repr(text)`, behind what is in `out` already: single quotes, and double ones where the text has single ones only.
pub fn write_python_repr(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'\\' && byte != quote as u8;
    if text.bytes().all(is_plain) {
        out.push_str(text);
        out.push(quote);
        return;
    }
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() && (c as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// A float as Python writes it: `1e+16` and `1e-05`, but not `1e+15`.
pub fn python_float(float: f64) -> String {
    if !float.is_finite() {
        return float.to_string().to_lowercase();
    }
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = float.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = String::new();
        write_python_repr(text, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn quotes_are_those_that_need_no_escape() {
        check("plain", "'plain'");
        check("it's", "\"it's\"");
        check("it's \"x\"", "'it\\'s \"x\"'");
    }

    #[test]
    fn control_characters_are_escaped() {
        check("a\n\t\\", "'a\\n\\t\\\\'");
        check("\u{7f}\u{85}é", "'\\x7f\\x85é'");
    }

    #[test]
    fn floats_have_a_point_or_an_exponent() {
        let shown: Vec<String> = [1.0, 1e15, 1e16, 1.5e-7, 0.0001, 0.1 + 0.2, -2.5e100, -0.0]
            .map(python_float)
            .to_vec();
        assert_eq!(
            shown.join(" "),
            "1.0 1000000000000000.0 1e+16 1.5e-07 0.0001 0.30000000000000004 -2.5e+100 -0.0"
        );
    }
}
