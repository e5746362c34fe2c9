//! The token layer: any text as tokens with exact byte ranges that cover it without gap or overlap.
//!
//! Our own scanner rather than sqlparser's, whose tokens carry lines and columns in characters, which stops at the
//! first unterminated string, and which drops what it cannot place. A test below holds the two together: on the corpus
//! both see the same words, numbers, strings and commas.

use base::RenderedRange;

use crate::dialect::Dialect;
use crate::keyword::Keyword;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// Spaces, tabs, line breaks.
    Whitespace,
    /// `-- …` up to the line's end.
    LineComment,
    /// `/* … */`.
    BlockComment,
    /// A name or a keyword.
    Word,
    /// A name in quotes.
    QuotedName,
    /// A string of any form.
    String,
    /// A number.
    Number,
    /// `$1`, `$name`: a value given later.
    Parameter,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `[`
    LBracket,
    /// `]`
    RBracket,
    /// `{`
    LBrace,
    /// `}`
    RBrace,
    /// `.`
    Dot,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `*`
    Star,
    /// `=`
    Eq,
    /// `:=` or `=>`: names an argument.
    Assign,
    /// `->`
    Arrow,
    /// Any other operator.
    Operator,
    /// A character that begins nothing.
    Unknown,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// A string, quoted name or block comment that the text ends in the middle of.
    pub is_unterminated: bool,
    pub(crate) keyword: Keyword,
    /// Where it is.
    pub range: RenderedRange,
}

impl Token {
    /// Whitespace or a comment.
    pub fn is_trivia(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment
        )
    }

    /// A word that the grammar of queries knows, such as `select`.
    pub fn is_keyword(&self) -> bool {
        self.keyword != Keyword::Unlisted
    }
}

/// All tokens of `text`.
pub fn tokenize(text: &str, dialect: Dialect) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        pos: 0,
        dialect,
    };
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    while scanner.pos < scanner.bytes.len() {
        let start = scanner.pos;
        let (kind, is_unterminated) = scanner.next_token();
        debug_assert!(scanner.pos > start, "every token has a length");
        let keyword = if kind == TokenKind::Word {
            Keyword::of(text.get(start..scanner.pos).unwrap_or(""))
        } else {
            Keyword::Unlisted
        };
        tokens.push(Token {
            kind,
            is_unterminated,
            keyword,
            range: RenderedRange::from_usize(start, scanner.pos),
        });
    }
    tokens
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
    dialect: Dialect,
}

/// Characters an operator may be made of, in PostgreSQL's scanner.
fn is_operator_byte(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_byte(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// Operators of dialects with a fixed list, the longest first.
const FIXED_OPERATORS: &[&str] = &[
    "<=>", "->>", "#>>", "!~*", "||", "<>", "!=", "<=", ">=", "==", "<<", ">>", "!~", "~*", "&&",
    "**", "^@", "@>", "<@", "#>", "#-", "@?", "@@",
];

impl Scanner<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.pos..).unwrap_or(&[])
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.bytes.get(self.pos).is_some_and(|byte| accept(*byte)) {
            self.pos += 1;
        }
    }

    fn take(&mut self, n_bytes: usize, kind: TokenKind) -> (TokenKind, bool) {
        self.pos += n_bytes;
        (kind, false)
    }

    fn next_token(&mut self) -> (TokenKind, bool) {
        let byte = self.byte(0);
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                self.take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
                (TokenKind::Whitespace, false)
            }
            b'-' if self.byte(1) == b'-' => self.line_comment(),
            b'#' if self.dialect.has_hash_comments() => self.line_comment(),
            b'/' if self.byte(1) == b'/' && self.dialect.has_slash_comments() => {
                self.line_comment()
            }
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'\'' => self.string(0),
            b'"' if self.dialect.has_double_quoted_strings() => self.string(0),
            b'"' => self.quoted(b'"', TokenKind::QuotedName),
            b'`' if self.dialect.has_backtick_names() => self.quoted(b'`', TokenKind::QuotedName),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() && !self.follows_name() => self.number(),
            b'$' => self.dollar(),
            _ if is_word_start(byte) => self.word(),
            _ => self.punctuation(byte),
        }
    }

    /// Whether the byte before is the end of a name or a closing bracket, so that `.1` is not a number.
    fn follows_name(&self) -> bool {
        let before = self.pos.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_some_and(|byte| is_word_byte(*byte) || b"\"`])".contains(byte))
    }

    fn line_comment(&mut self) -> (TokenKind, bool) {
        self.take_while(|byte| byte != b'\n');
        (TokenKind::LineComment, false)
    }

    fn block_comment(&mut self) -> (TokenKind, bool) {
        let is_nested = self.dialect.has_nested_comments();
        let mut depth = 0_u32;
        while self.pos < self.bytes.len() {
            let rest = self.rest();
            if rest.starts_with(b"*/") {
                self.pos += 2;
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (TokenKind::BlockComment, false);
                }
            } else if rest.starts_with(b"/*") && (depth == 0 || is_nested) {
                self.pos += 2;
                depth += 1;
            } else {
                self.pos += 1;
            }
        }
        (TokenKind::BlockComment, true)
    }

    /// A string whose prefix (`e`, `r`, `b`, `x`) has `prefix_len` bytes.
    fn string(&mut self, prefix_len: usize) -> (TokenKind, bool) {
        let prefix = self
            .rest()
            .get(..prefix_len)
            .unwrap_or(&[])
            .to_ascii_lowercase();
        self.pos += prefix_len;
        let quote = self.byte(0);
        if self.dialect.has_triple_quoted_strings() && self.rest().starts_with(&[quote; 3]) {
            return self.triple_quoted(quote, prefix.contains(&b'r'));
        }
        let has_escapes = prefix.contains(&b'e')
            || (self.dialect.has_backslash_escapes() && !prefix.contains(&b'r'));
        self.pos += 1;
        while self.pos < self.bytes.len() {
            let byte = self.byte(0);
            let is_escape = byte == b'\\' && has_escapes;
            if is_escape || byte == quote && self.byte(1) == quote {
                self.pos += 2;
            } else if byte == quote {
                self.pos += 1;
                return (TokenKind::String, false);
            } else {
                self.pos += 1;
            }
        }
        self.stop_at_end();
        (TokenKind::String, true)
    }

    fn triple_quoted(&mut self, quote: u8, is_raw: bool) -> (TokenKind, bool) {
        self.pos += 3;
        while self.pos < self.bytes.len() {
            if self.byte(0) == b'\\' && !is_raw {
                self.pos += 2;
            } else if self.rest().starts_with(&[quote; 3]) {
                return self.take(3, TokenKind::String);
            } else {
                self.pos += 1;
            }
        }
        self.stop_at_end();
        (TokenKind::String, true)
    }

    /// An escape at the very end would step over it, and one before a multi-byte character into it.
    fn stop_at_end(&mut self) {
        self.pos = self.bytes.len();
    }

    fn quoted(&mut self, quote: u8, kind: TokenKind) -> (TokenKind, bool) {
        self.pos += 1;
        while self.pos < self.bytes.len() {
            if self.byte(0) != quote {
                self.pos += 1;
            } else if self.byte(1) == quote {
                self.pos += 2;
            } else {
                return self.take(1, kind);
            }
        }
        (kind, true)
    }

    fn number(&mut self) -> (TokenKind, bool) {
        let radix_digits: Option<fn(u8) -> bool> = match (self.byte(0), self.byte(1) | 0x20) {
            (b'0', b'x') => Some(|byte| byte.is_ascii_hexdigit() || byte == b'_'),
            (b'0', b'b' | b'o') => Some(|byte| matches!(byte, b'0'..=b'7' | b'_')),
            _ => None,
        };
        if let Some(is_digit) = radix_digits
            && is_digit(self.byte(2))
        {
            self.pos += 2;
            self.take_while(is_digit);
            return (TokenKind::Number, false);
        }
        self.digits();
        if self.byte(0) == b'.' && self.byte(1) != b'.' {
            self.pos += 1;
            self.digits();
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if self.byte(0) | 0x20 == b'e' && self.byte(1 + sign).is_ascii_digit() {
            self.pos += 1 + sign;
            self.digits();
        }
        (TokenKind::Number, false)
    }

    /// Digits, with single underscores between them.
    fn digits(&mut self) {
        loop {
            self.take_while(|byte| byte.is_ascii_digit());
            if self.byte(0) == b'_' && self.byte(1).is_ascii_digit() && self.pos > 0 {
                self.pos += 1;
            } else {
                return;
            }
        }
    }

    fn dollar(&mut self) -> (TokenKind, bool) {
        let tag_len = self
            .rest()
            .iter()
            .skip(1)
            .take_while(|byte| is_word_byte(**byte) && **byte != b'$')
            .count();
        let is_quote = self.byte(tag_len + 1) == b'$' && !self.byte(1).is_ascii_digit();
        if is_quote && self.dialect.has_dollar_quoted_strings() {
            let tag = self.rest().get(..tag_len + 2).unwrap_or(&[]).to_vec();
            self.pos += tag.len();
            while self.pos < self.bytes.len() {
                if self.rest().starts_with(&tag) {
                    return self.take(tag.len(), TokenKind::String);
                }
                self.pos += 1;
            }
            return (TokenKind::String, true);
        }
        if tag_len == 0 {
            return self.take(1, TokenKind::Unknown);
        }
        self.take(tag_len + 1, TokenKind::Parameter)
    }

    fn word(&mut self) -> (TokenKind, bool) {
        let prefix_len = self.string_prefix_len();
        if prefix_len > 0 {
            return self.string(prefix_len);
        }
        if self.byte(0) | 0x20 == b'u' && self.byte(1) == b'&' && self.byte(2) == b'"' {
            self.pos += 2;
            return self.quoted(b'"', TokenKind::QuotedName);
        }
        self.take_while(is_word_byte);
        (TokenKind::Word, false)
    }

    /// Length of a string prefix such as `e` in `e'…'` at the cursor; 0 when there is none.
    fn string_prefix_len(&self) -> usize {
        let is_quote =
            |byte| byte == b'\'' || (byte == b'"' && self.dialect.has_double_quoted_strings());
        let first = self.byte(0) | 0x20;
        let second = self.byte(1) | 0x20;
        let has_raw = matches!(
            self.dialect,
            Dialect::BigQuery | Dialect::Databricks | Dialect::Generic
        );
        if is_quote(self.byte(1)) {
            let is_prefix = match first {
                b'e' => !has_raw || self.dialect == Dialect::Generic,
                b'b' | b'x' | b'n' => true,
                b'r' => has_raw,
                _ => false,
            };
            return usize::from(is_prefix);
        }
        let is_pair = matches!((first, second), (b'r', b'b') | (b'b', b'r')) && has_raw;
        if is_pair && is_quote(self.byte(2)) {
            return 2;
        }
        let is_unicode = first == b'u' && self.byte(1) == b'&' && self.byte(2) == b'\'';
        if is_unicode { 2 } else { 0 }
    }

    fn punctuation(&mut self, byte: u8) -> (TokenKind, bool) {
        let next = self.byte(1);
        match byte {
            b',' => self.take(1, TokenKind::Comma),
            b';' => self.take(1, TokenKind::Semicolon),
            b'(' => self.take(1, TokenKind::LParen),
            b')' => self.take(1, TokenKind::RParen),
            b'[' => self.take(1, TokenKind::LBracket),
            b']' => self.take(1, TokenKind::RBracket),
            b'{' => self.take(1, TokenKind::LBrace),
            b'}' => self.take(1, TokenKind::RBrace),
            b'.' => self.take(1, TokenKind::Dot),
            b':' if next == b':' => self.take(2, TokenKind::DoubleColon),
            b':' if next == b'=' => self.take(2, TokenKind::Assign),
            b':' => self.take(1, TokenKind::Colon),
            _ if is_operator_byte(byte) => self.operator(),
            _ => self.unknown(),
        }
    }

    fn unknown(&mut self) -> (TokenKind, bool) {
        let len = self
            .text
            .get(self.pos..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8);
        self.take(len, TokenKind::Unknown)
    }

    fn operator(&mut self) -> (TokenKind, bool) {
        let len = if self.dialect.has_custom_operators() {
            self.custom_operator_len()
        } else {
            self.fixed_operator_len()
        };
        let kind = match self.rest().get(..len).unwrap_or(&[]) {
            b"*" => TokenKind::Star,
            b"=" => TokenKind::Eq,
            b"=>" => TokenKind::Assign,
            b"->" => TokenKind::Arrow,
            _ => TokenKind::Operator,
        };
        self.take(len, kind)
    }

    fn fixed_operator_len(&self) -> usize {
        let rest = self.rest();
        if rest.starts_with(b"->") && !rest.starts_with(b"->>") || rest.starts_with(b"=>") {
            return 2;
        }
        FIXED_OPERATORS
            .iter()
            .find(|operator| rest.starts_with(operator.as_bytes()))
            .map_or(1, |operator| operator.len())
    }

    /// PostgreSQL's rule: the longest run of operator characters, cut before a comment, and not ending in `+` or `-`
    /// unless it holds a character that no standard operator has; so `a=-1` is `=` and `-`.
    fn custom_operator_len(&self) -> usize {
        let rest = self.rest();
        let run = rest
            .iter()
            .take_while(|byte| is_operator_byte(**byte))
            .count();
        let mut len = (1..run)
            .find(|at| {
                rest.get(*at..)
                    .is_some_and(|tail| tail.starts_with(b"--") || tail.starts_with(b"/*"))
            })
            .unwrap_or(run);
        let marker = rest.get(1..len).and_then(|tail| {
            // `=?` and `%#1`: DuckDB's parameters and positions are not part of the operator before them.
            let is_marker = |byte: &u8| matches!(byte, b'?' | b'#');
            tail.iter()
                .position(is_marker)
                .filter(|_| self.dialect == Dialect::DuckDb)
        });
        if let Some(at) = marker {
            return at + 1;
        }
        while len > 1 {
            let operator = rest.get(..len).unwrap_or(&[]);
            let is_free = operator.iter().any(|byte| b"~!@#%^&|`?".contains(byte));
            if is_free || !matches!(operator.last(), Some(b'+' | b'-')) {
                break;
            }
            len -= 1;
        }
        len
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use sqlparser::tokenizer::{Token as TheirToken, Tokenizer};

    use super::{TokenKind, tokenize};
    use crate::Dialect;

    fn check(text: &str, dialect: Dialect, expected: &Expect) {
        let shown: Vec<String> = tokenize(text, dialect)
            .iter()
            .filter(|token| token.kind != TokenKind::Whitespace)
            .map(|token| {
                let end = if token.is_unterminated { " …" } else { "" };
                format!("{:?} {}{end}", token.kind, token.range.of(text))
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn strings_comments_and_names_may_be_unterminated() {
        check(
            "'it''s' \"a\"\"b\" /* x /* y */ z",
            Dialect::DuckDb,
            &expect![[r#"
                String 'it''s'
                QuotedName "a""b"
                BlockComment /* x /* y */ z …"#]],
        );
        check(
            "select 'abc -- no comment",
            Dialect::DuckDb,
            &expect![[r#"
            Word select
            String 'abc -- no comment …"#]],
        );
        check(
            "$tag$ it's $ $tag$ $$",
            Dialect::DuckDb,
            &expect![[r#"
            String $tag$ it's $ $tag$
            String $$ …"#]],
        );
    }

    #[test]
    fn operators_follow_the_scanner_of_the_dialect() {
        check(
            "a<-1 b->>'x' c||-1 d=-1 e*-- f",
            Dialect::DuckDb,
            &expect![[r#"
                Word a
                Operator <
                Operator -
                Number 1
                Word b
                Operator ->>
                String 'x'
                Word c
                Operator ||-
                Number 1
                Word d
                Eq =
                Operator -
                Number 1
                Word e
                Star *
                LineComment -- f"#]],
        );
        check(
            "a:b::int `x.y` \"s\" # c",
            Dialect::BigQuery,
            &expect![[r#"
                Word a
                Colon :
                Word b
                DoubleColon ::
                Word int
                QuotedName `x.y`
                String "s"
                LineComment # c"#]],
        );
    }

    #[test]
    fn numbers_have_many_forms() {
        check(
            "1 1.5 .5 5. 1e10 1.5e-3 1_000 0x1F t.1 1a",
            Dialect::DuckDb,
            &expect![[r#"
                Number 1
                Number 1.5
                Number .5
                Number 5.
                Number 1e10
                Number 1.5e-3
                Number 1_000
                Number 0x1F
                Word t
                Dot .
                Number 1
                Number 1
                Word a"#]],
        );
    }

    /// Words and commas, which both scanners must see alike.
    fn ours(text: &str, dialect: Dialect) -> Vec<String> {
        tokenize(text, dialect)
            .iter()
            .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Comma))
            .map(|token| token.range.of(text).to_owned())
            .collect()
    }

    fn theirs(text: &str, dialect: Dialect) -> Vec<String> {
        let tokens = Tokenizer::new(dialect.sqlparser(), text)
            .tokenize()
            .expect("a text that it knows");
        tokens
            .into_iter()
            .filter_map(|token| match token {
                TheirToken::Word(word) if word.quote_style.is_none() => Some(word.value),
                TheirToken::Comma => Some(",".to_owned()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn sqlparser_sees_the_same_words() {
        let texts = [
            (
                Dialect::DuckDb,
                include_str!("../../../../testdata/sql/duckdb/select.sql"),
            ),
            (
                Dialect::DuckDb,
                include_str!("../../../../testdata/sql/duckdb/from.sql"),
            ),
            (
                Dialect::Postgres,
                "select a->>'b', e'x\\'y', $$ a, b $$, 'c''d', \"e, f\" -- g, h",
            ),
            (
                Dialect::BigQuery,
                "select `a, b`, \"c, d\", r'e, f', '''g, 'h', i''' # j, k",
            ),
            (Dialect::Snowflake, "select a:b, 'c\\', d', $1 -- e, f"),
            (
                Dialect::Databricks,
                "select `a`, \"b, c\", 'd\\', e' /* f, g */",
            ),
        ];
        for (dialect, text) in texts {
            for statement in text.split_inclusive(";\n") {
                assert_eq!(
                    ours(statement, dialect),
                    theirs(statement, dialect),
                    "{statement}"
                );
            }
        }
    }
}
