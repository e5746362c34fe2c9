//! `Literal`: values that can be read off the text, and Python's string escapes.

use std::fmt::Write as _;

/// A value written down with literals alone.
///
/// Floats are kept as written, so that trees can be compared and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `none`
    None,
    /// `true`, `false`
    Bool(bool),
    /// `1`
    Int(i64),
    /// `1.5`, or an integer too big for 64 bits; without underscores
    Number(Box<str>),
    /// `'x'`
    Str(Box<str>),
    /// `[1, 2]`
    List(Box<[Literal]>),
    /// `(1, 2)`
    Tuple(Box<[Literal]>),
    /// `{'a': 1}`
    Dict(Box<[(Literal, Literal)]>),
}

impl Literal {
    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list or tuple.
    pub fn as_list(&self) -> Option<&[Literal]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Whether Python takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Number(text) => text.parse::<f64>().is_ok_and(|value| value != 0.0),
            Self::Str(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Dict(items) => !items.is_empty(),
        }
    }
}

/// What Python makes of the inside of a quoted string. Unknown escapes stay as they are.
pub(crate) fn decode_string(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let escape = rest.get(at + 1..).unwrap_or("");
        let (decoded, len) = decode_escape(escape);
        match decoded {
            Escape::Char(c) => out.push(c),
            Escape::Nothing => {}
            Escape::Verbatim => {
                out.push('\\');
                out.push_str(escape.get(..len).unwrap_or(""));
            }
        }
        rest = escape.get(len..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

enum Escape {
    Char(char),
    /// A line continuation.
    Nothing,
    /// Not an escape: backslash and all.
    Verbatim,
}

/// The meaning of what follows a backslash, and its length.
fn decode_escape(text: &str) -> (Escape, usize) {
    let Some(first) = text.chars().next() else {
        return (Escape::Verbatim, 0);
    };
    let simple = match first {
        '\\' | '\'' | '"' => Some(first),
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'a' => Some('\x07'),
        'b' => Some('\x08'),
        'f' => Some('\x0c'),
        'v' => Some('\x0b'),
        _ => None,
    };
    if let Some(c) = simple {
        return (Escape::Char(c), 1);
    }
    match first {
        '\n' => (Escape::Nothing, 1),
        'x' => numeric(text, 1, 2, 16),
        'u' => numeric(text, 1, 4, 16),
        'U' => numeric(text, 1, 8, 16),
        '0'..='7' => {
            let n_digits = text
                .bytes()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte))
                .count();
            numeric(text, 0, n_digits, 8)
        }
        _ => (Escape::Verbatim, first.len_utf8()),
    }
}

fn numeric(text: &str, skip: usize, n_digits: usize, radix: u32) -> (Escape, usize) {
    let decoded = text
        .get(skip..skip + n_digits)
        .and_then(|digits| u32::from_str_radix(digits, radix).ok())
        .and_then(char::from_u32);
    match decoded {
        Some(c) => (Escape::Char(c), skip + n_digits),
        None => (Escape::Verbatim, 1),
    }
}

/// `text` as a string literal that the template engine reads back unchanged.
pub(crate) fn quote_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() && (c as u32) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::decode_string;

    #[test]
    fn decodes_as_python_does() {
        assert_eq!(
            decode_string(r"a\nb\t\\ \' \x41 \u00e9 \101"),
            "a\nb\t\\ ' A é A"
        );
        assert_eq!(decode_string(r"\d+\.\s"), r"\d+\.\s");
        assert_eq!(decode_string("a\\\nb\\"), "ab\\");
        assert_eq!(decode_string(r"\xzz"), r"\xzz");
    }
}
