//! Tokens inside `{{ }}` and `{% %}`, one at a time. Knows no grammar.

use base::SourceRange;

/// What a token is. Its text is the text at its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Name,
    Int,
    Float,
    /// Quoted; `is_closed` is false where the closing quote is missing.
    Str {
        is_closed: bool,
    },
    /// An operator or a bracket, by its text.
    Op(&'static str),
    /// `}}`, `-}}`, `%}`, ...: whichever ends the tag we are in.
    TagEnd,
    /// A character that means nothing in Jinja.
    Unknown,
    /// The text ends here, or another tag begins.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: SourceRange,
}

const TWO_BYTE_OPS: [&str; 8] = ["//", "**", "==", "!=", "<=", ">=", "<>", ":="];
const ONE_BYTE_OPS: [&str; 22] = [
    "(", ")", "[", "]", "{", "}", ",", ".", ":", "|", "=", "+", "-", "*", "/", "%", "~", "<", ">",
    "!", ";", "@",
];

/// Reads tokens of one tag. `closer` is `}}` or `%}`.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    pos: usize,
    closer: &'static str,
    /// Open `{` in the expression: a `}` inside closes a dict before it can be part of `}}`.
    braces: u32,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, pos: usize, closer: &'static str) -> Self {
        Self {
            text,
            pos,
            closer,
            braces: 0,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    /// The next token. At the end of the tag it stays there.
    pub(crate) fn next(&mut self) -> Token {
        self.skip_space();
        let start = self.pos;
        let (kind, len) = self.scan();
        match kind {
            TokenKind::Op("{") => self.braces += 1,
            TokenKind::Op("}") => self.braces = self.braces.saturating_sub(1),
            _ => {}
        }
        if !matches!(kind, TokenKind::TagEnd | TokenKind::End) {
            self.pos += len;
        }
        Token {
            kind,
            range: SourceRange::from_usize(start, start + len),
        }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    fn scan(&self) -> (TokenKind, usize) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return (TokenKind::End, 0);
        };
        if let Some(len) = self.tag_end(rest) {
            return (TokenKind::TagEnd, len);
        }
        match first {
            'a'..='z' | 'A'..='Z' | '_' => (TokenKind::Name, name_len(rest)),
            '0'..='9' => number(rest),
            '\'' | '"' => self.string(rest, first),
            c if c.is_alphabetic() => (TokenKind::Name, name_len(rest)),
            _ => self.operator(rest, first),
        }
    }

    /// The length of the end of the tag, with its `-` or `+`.
    fn tag_end(&self, rest: &str) -> Option<usize> {
        let signed = rest
            .strip_prefix(['-', '+'])
            .is_some_and(|rest| rest.starts_with(self.closer));
        if signed {
            return Some(3);
        }
        (rest.starts_with(self.closer) && (self.closer != "}}" || self.braces == 0)).then_some(2)
    }

    fn operator(&self, rest: &str, first: char) -> (TokenKind, usize) {
        // Another tag begins: this one was never closed.
        if rest.starts_with("{{") && self.braces == 0 || rest.starts_with("{%") {
            return (TokenKind::End, 0);
        }
        let two = TWO_BYTE_OPS.iter().find(|op| rest.starts_with(**op));
        if let Some(op) = two {
            return (TokenKind::Op(op), 2);
        }
        let one = ONE_BYTE_OPS.iter().find(|op| rest.starts_with(**op));
        match one {
            Some(op) => (TokenKind::Op(op), 1),
            None => (TokenKind::Unknown, first.len_utf8()),
        }
    }

    fn string(&self, rest: &str, quote: char) -> (TokenKind, usize) {
        let mut bytes = rest.bytes().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            if byte == b'\\' {
                bytes.next();
            } else if byte == quote as u8 {
                let inside = rest.get(1..at).unwrap_or("");
                let after = rest.get(at + 1..).unwrap_or("");
                if swallows_a_tag(inside) && !can_follow_a_string(after) {
                    break;
                }
                return (TokenKind::Str { is_closed: true }, at + 1);
            }
        }
        (
            TokenKind::Str { is_closed: false },
            self.open_string_len(rest),
        )
    }

    /// A string without an end goes to the end of the tag on this line, or of the line.
    fn open_string_len(&self, rest: &str) -> usize {
        let line = rest.split('\n').next().unwrap_or(rest);
        let end = line.find(self.closer).unwrap_or(line.len());
        let inside = line.get(..end).unwrap_or(line);
        inside.strip_suffix('-').unwrap_or(inside).len().max(1)
    }
}

/// A string with a tag in it is either a hook or one whose closing quote is missing.
fn swallows_a_tag(inside: &str) -> bool {
    ["{{", "{%", "}}", "%}"]
        .iter()
        .any(|tag| inside.contains(tag))
}

fn can_follow_a_string(after: &str) -> bool {
    let after = after.trim_start();
    after.is_empty()
        || after.starts_with([
            ',', ')', ']', '}', '|', '~', '+', ':', '.', '=', '!', '%', '-', '[', '*', '\'', '"',
        ])
        || ["if ", "else ", "in ", "is ", "not ", "and ", "or "]
            .iter()
            .any(|word| after.starts_with(word))
}

/// Length of the identifier that `text` starts with.
pub(crate) fn name_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

fn number(rest: &str) -> (TokenKind, usize) {
    let digits = |from: usize, is_digit: fn(u8) -> bool| {
        rest.bytes()
            .skip(from)
            .take_while(|byte| is_digit(*byte) || *byte == b'_')
            .count()
    };
    let radix = rest.get(..2).unwrap_or("").to_ascii_lowercase();
    if matches!(radix.as_str(), "0x" | "0o" | "0b") {
        return (
            TokenKind::Int,
            2 + digits(2, |byte| byte.is_ascii_hexdigit()),
        );
    }
    let mut len = digits(0, |byte| byte.is_ascii_digit());
    let mut is_float = false;
    let byte_at = |at: usize| rest.as_bytes().get(at).copied().unwrap_or(0);
    if byte_at(len) == b'.' && byte_at(len + 1).is_ascii_digit() {
        is_float = true;
        len += 1 + digits(len + 1, |byte| byte.is_ascii_digit());
    }
    if matches!(byte_at(len), b'e' | b'E') {
        let sign = usize::from(matches!(byte_at(len + 1), b'+' | b'-'));
        let n_digits = digits(len + 1 + sign, |byte| byte.is_ascii_digit());
        if n_digits > 0 {
            is_float = true;
            len += 1 + sign + n_digits;
        }
    }
    let kind = if is_float {
        TokenKind::Float
    } else {
        TokenKind::Int
    };
    (kind, len)
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, Tokens};

    fn tokens(text: &str, closer: &'static str) -> Vec<String> {
        let mut tokens = Tokens::new(text, 0, closer);
        let mut out = Vec::new();
        loop {
            let token = tokens.next();
            out.push(token.range.of(text).to_owned());
            if matches!(token.kind, TokenKind::TagEnd | TokenKind::End) {
                return out;
            }
        }
    }

    #[test]
    fn braces_of_a_dict_do_not_end_the_tag() {
        assert_eq!(
            tokens("{'a': {}}-}}", "}}"),
            ["{", "'a'", ":", "{", "}", "}", "-}}"]
        );
    }

    #[test]
    fn a_string_without_an_end_stops_before_the_tag_does() {
        assert_eq!(
            tokens("ref('abc }} from x 'y'\n{{ z }}", "}}"),
            ["ref", "(", "'abc ", "}}"]
        );
        assert_eq!(tokens("ref('abc }}\n", "}}"), ["ref", "(", "'abc ", "}}"]);
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(
            tokens("1_000 0xFF 1.5e-3 1.x %}", "%}"),
            ["1_000", "0xFF", "1.5e-3", "1", ".", "x", "%}"]
        );
    }
}
