//! Where a cursor stands in a template, from the text before it alone.
//!
//! The text is usually half-typed here, so this does not look at the tree: it finds the tag that is open at the cursor
//! and reads its tokens up to it.

use base::SourceRange;

use super::literal::decode_string;
use super::token::{Token, TokenKind, Tokens};

/// What could be typed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorContext {
    /// Plain text: SQL.
    Text,
    /// In `{# ... #}`, or between `{% raw %}` and its end.
    Comment,
    /// In a string that is an argument of a call: `ref('stg_|`.
    StringArgument {
        /// The dotted callee; empty where something else is called.
        callee: Vec<String>,
        /// Positional arguments before this one.
        position: usize,
        /// `name=` of a keyword argument.
        keyword: Option<String>,
        /// The texts of the positional arguments before this one, where they are string literals.
        before: Vec<Option<String>>,
        /// The string up to the cursor, decoded.
        prefix: String,
        /// The inside of the string, up to its end.
        replace: SourceRange,
    },
    /// In a string that is no argument.
    String {
        /// The string up to the cursor.
        prefix: String,
        /// The inside of the string.
        replace: SourceRange,
    },
    /// Behind a dot: `dbt_utils.st|`, `config.g|`.
    Attribute {
        /// The path before the last dot; empty where it is no path.
        path: Vec<String>,
        /// What is typed of the name.
        prefix: String,
        /// The name around the cursor.
        replace: SourceRange,
    },
    /// Behind `|`, or `is`: the name of a filter or a test.
    Filter {
        /// What is typed of the name.
        prefix: String,
        /// The name around the cursor.
        replace: SourceRange,
        /// `is` rather than `|`.
        is_test: bool,
    },
    /// Where an expression may begin with a name.
    Name {
        /// What is typed of the name.
        prefix: String,
        /// The name around the cursor.
        replace: SourceRange,
        /// The call whose argument it is, if any.
        argument_of: Option<Vec<String>>,
        /// Positional arguments before this one.
        position: usize,
        /// Keyword arguments that are written already.
        keywords: Vec<String>,
        /// Behind `name=`.
        is_value: bool,
        /// That name.
        keyword: Option<String>,
        /// The texts of the positional arguments before this one, where they are string literals.
        before: Vec<Option<String>>,
    },
    /// The first word of `{% ... %}`.
    Tag {
        /// What is typed of the keyword.
        prefix: String,
        /// The keyword around the cursor.
        replace: SourceRange,
        /// Keywords of the blocks that are open here, the innermost last.
        open: Vec<TagKeyword>,
    },
}

/// The keyword of an open block, such as `if`.
pub type TagKeyword = &'static str;

/// What stands at `offset` of `text`.
pub fn cursor_context(text: &str, offset: u32) -> CursorContext {
    let offset = floor_boundary(text, offset as usize);
    let before = text.get(..offset).unwrap_or("");
    match open_tag(before) {
        OpenTag::None => CursorContext::Text,
        OpenTag::Comment => CursorContext::Comment,
        OpenTag::Output(at) => in_tag(text, at, "}}", offset),
        OpenTag::Statement(at) => in_statement(text, at, offset),
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

enum OpenTag {
    None,
    Comment,
    /// The inside begins here.
    Output(usize),
    Statement(usize),
}

/// The tag that `before` leaves open.
fn open_tag(before: &str) -> OpenTag {
    let mut pos = 0;
    while let Some(found) = before.get(pos..).and_then(|rest| rest.find('{')) {
        let at = pos + found;
        let inside = at + 2;
        pos = match before.as_bytes().get(at + 1) {
            Some(b'#') => match before.get(inside..).and_then(|rest| rest.find("#}")) {
                Some(close) => inside + close + 2,
                None => return OpenTag::Comment,
            },
            Some(b'{') => match tag_end(before, inside, "}}") {
                Some(end) => end,
                None => return OpenTag::Output(inside),
            },
            Some(b'%') => match tag_end(before, inside, "%}") {
                Some(end) => end,
                None => return OpenTag::Statement(inside),
            },
            _ => at + 1,
        };
    }
    OpenTag::None
}

/// The end of the tag whose inside begins at `inside`, or where it gives way to the next tag.
fn tag_end(before: &str, inside: usize, closer: &'static str) -> Option<usize> {
    let mut tokens = Tokens::new(before, inside, closer);
    loop {
        let token = tokens.next();
        match token.kind {
            TokenKind::TagEnd => return Some(token.range.end as usize),
            TokenKind::End if (token.range.end as usize) < before.len() => {
                return Some(token.range.start as usize);
            }
            TokenKind::End => return None,
            _ => {}
        }
    }
}

fn in_statement(text: &str, inside: usize, offset: usize) -> CursorContext {
    let rest = text.get(inside..offset).unwrap_or("");
    let word = rest.trim_start_matches(['-', '+']).trim_start();
    if word.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return CursorContext::Tag {
            prefix: word.to_owned(),
            replace: name_around(text, offset),
            open: open_blocks(text.get(..inside - 2).unwrap_or("")),
        };
    }
    in_tag(text, inside, "%}", offset)
}

fn open_blocks(before: &str) -> Vec<TagKeyword> {
    use super::{BlockKind, MacroKind};
    let tree = super::Template::parse(before);
    tree.blocks
        .iter()
        .filter(|block| block.close.is_none())
        .map(|block| match block.kind {
            BlockKind::If => "if",
            BlockKind::For => "for",
            BlockKind::Definition(MacroKind::Macro) => "macro",
            BlockKind::Definition(MacroKind::Test) => "test",
            BlockKind::Definition(MacroKind::Materialization) => "materialization",
            BlockKind::Definition(MacroKind::Snapshot) => "snapshot",
            BlockKind::Definition(MacroKind::Docs) => "docs",
            BlockKind::Call => "call",
            BlockKind::Set => "set",
            BlockKind::Filter => "filter",
            BlockKind::Raw => "raw",
            BlockKind::With => "with",
            BlockKind::Block => "block",
            BlockKind::Autoescape => "autoescape",
        })
        .collect()
}

/// The identifier that the cursor touches.
fn name_around(text: &str, offset: usize) -> SourceRange {
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
    let before = text.get(..offset).unwrap_or("");
    let after = text.get(offset..).unwrap_or("");
    let back: usize = before
        .chars()
        .rev()
        .take_while(is_part)
        .map(char::len_utf8)
        .sum();
    let ahead: usize = after.chars().take_while(is_part).map(char::len_utf8).sum();
    SourceRange::from_usize(offset - back, offset + ahead)
}

/// A bracket that is open at the cursor.
#[derive(Debug, Default)]
struct Frame {
    /// What is called, if it is the parenthesis of a call.
    callee: Option<Vec<String>>,
    position: usize,
    keyword: Option<String>,
    keywords: Vec<String>,
    before: Vec<Option<String>>,
    /// The only token of the argument so far is this string.
    only_string: Option<String>,
    n_tokens: usize,
}

fn in_tag(text: &str, inside: usize, closer: &'static str, offset: usize) -> CursorContext {
    let before = text.get(..offset).unwrap_or("");
    let tokens = tokens_before(before, inside, closer);
    let Some(last) = tokens.last() else {
        return name_context(text, offset, &Frame::default());
    };
    let touches = last.range.end as usize == offset;
    if touches && matches!(last.kind, TokenKind::Str { is_closed: false }) {
        let frame = frame_of(text, without_last(&tokens));
        return string_context(text, offset, last.range, frame);
    }
    let is_typing = touches && last.kind == TokenKind::Name;
    let done = if is_typing {
        without_last(&tokens)
    } else {
        &tokens
    };
    let prefix = if is_typing {
        last.range.of(text).to_owned()
    } else {
        String::new()
    };
    let replace = name_around(text, offset);
    match done.last().map(|token| (token.kind, token.range.of(text))) {
        Some((TokenKind::Op("."), _)) => CursorContext::Attribute {
            path: path_before(text, without_last(done)),
            prefix,
            replace,
        },
        Some((TokenKind::Op("|"), _)) => CursorContext::Filter {
            prefix,
            replace,
            is_test: false,
        },
        Some((TokenKind::Name, "is")) => CursorContext::Filter {
            prefix,
            replace,
            is_test: true,
        },
        _ => name_context(text, offset, &frame_of(text, done)),
    }
}

fn without_last(tokens: &[Token]) -> &[Token] {
    tokens.split_last().map_or(&[], |(_, rest)| rest)
}

fn tokens_before(before: &str, inside: usize, closer: &'static str) -> Vec<Token> {
    let sign = before.as_bytes().get(inside);
    let mut tokens = Tokens::new(
        before,
        inside + usize::from(matches!(sign, Some(b'-' | b'+'))),
        closer,
    );
    let mut out = Vec::new();
    loop {
        let token = tokens.next();
        match token.kind {
            TokenKind::End | TokenKind::TagEnd => return out,
            TokenKind::Str { is_closed: false } => {
                // Up to the cursor it is all one string, whatever it looks like.
                let range = SourceRange::new(token.range.start, before.len() as u32);
                out.push(Token { range, ..token });
                return out;
            }
            _ => out.push(token),
        }
    }
}

/// The dotted path that ends with the last token.
fn path_before(text: &str, tokens: &[Token]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens.iter().rev();
    while let Some(token) = rest.next() {
        if token.kind != TokenKind::Name {
            return Vec::new();
        }
        path.push(token.range.of(text).to_owned());
        if rest.next().map(|token| token.kind) != Some(TokenKind::Op(".")) {
            break;
        }
    }
    path.reverse();
    path
}

/// The innermost bracket that `tokens` leave open.
fn frame_of(text: &str, tokens: &[Token]) -> Frame {
    let mut frames = vec![Frame::default()];
    for (idx, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Op("(" | "[" | "{") => {
                let follows_name = idx > 0
                    && token.kind == TokenKind::Op("(")
                    && matches!(
                        tokens.get(idx - 1).map(|token| token.kind),
                        Some(TokenKind::Name)
                    );
                frames.push(Frame {
                    callee: follows_name
                        .then(|| path_before(text, tokens.get(..idx).unwrap_or(&[]))),
                    ..Frame::default()
                });
            }
            TokenKind::Op(")" | "]" | "}") => {
                if frames.len() > 1 {
                    frames.pop();
                }
                note_token(text, frames.last_mut(), *token);
            }
            _ => note_token(text, frames.last_mut(), *token),
        }
    }
    frames.pop().unwrap_or_default()
}

fn note_token(text: &str, frame: Option<&mut Frame>, token: Token) {
    let Some(frame) = frame else { return };
    match token.kind {
        TokenKind::Op(",") => {
            if frame.keyword.take().is_none() {
                frame.position += 1;
                frame.before.push(frame.only_string.take());
            }
            frame.n_tokens = 0;
            frame.only_string = None;
            return;
        }
        TokenKind::Op("=") => {
            frame.keyword = frame.only_string.take();
            frame.keywords.extend(frame.keyword.clone());
            frame.n_tokens = 0;
            return;
        }
        _ => {}
    }
    frame.n_tokens += 1;
    frame.only_string = match token.kind {
        // A name is kept too: it may turn out to be a keyword.
        TokenKind::Name if frame.n_tokens == 1 => Some(token.range.of(text).to_owned()),
        TokenKind::Str { .. } if frame.n_tokens == 1 => {
            let quoted = token.range.of(text);
            let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
            Some(decode_string(inside))
        }
        _ => None,
    };
}

fn string_context(text: &str, offset: usize, string: SourceRange, frame: Frame) -> CursorContext {
    let start = string.start as usize + 1;
    let prefix = decode_string(text.get(start..offset).unwrap_or(""));
    let quote = text.get(string.start as usize..start).unwrap_or("'");
    // The rest of the string is on this line, before the quote or anything that cannot be in a name.
    let after = text.get(offset..).unwrap_or("");
    let line = after.split('\n').next().unwrap_or("");
    let len = match line.find(quote) {
        Some(len) if !line.get(..len).unwrap_or("").contains(['}', '%', '(', ')']) => len,
        _ => line
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/')))
            .unwrap_or(line.len()),
    };
    let replace = SourceRange::from_usize(start, offset + len);
    match frame.callee {
        Some(callee) => CursorContext::StringArgument {
            callee,
            position: frame.position,
            keyword: frame.keyword,
            before: frame.before,
            prefix,
            replace,
        },
        None => CursorContext::String { prefix, replace },
    }
}

fn name_context(text: &str, offset: usize, frame: &Frame) -> CursorContext {
    let replace = name_around(text, offset);
    let prefix = text
        .get(replace.start as usize..offset)
        .unwrap_or("")
        .to_owned();
    CursorContext::Name {
        prefix,
        replace,
        argument_of: frame.callee.clone(),
        position: frame.position,
        keywords: frame.keywords.clone(),
        is_value: frame.keyword.is_some(),
        keyword: frame.keyword.clone(),
        before: frame.before.clone(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{CursorContext, cursor_context};

    fn check(fixture: &str, expected: &Expect) {
        let fixture = test_fixture::Fixture::parse(fixture);
        let (path, offset) = fixture.cursor.clone().unwrap();
        let text = fixture.text(&path);
        let shown = match cursor_context(text, offset) {
            CursorContext::StringArgument {
                callee,
                position,
                keyword,
                before,
                prefix,
                replace,
            } => format!(
                "string of {} #{position} {keyword:?} after {before:?}: {prefix:?}, replace {:?}",
                callee.join("."),
                replace.of(text)
            ),
            CursorContext::String { prefix, .. } => format!("string {prefix:?}"),
            CursorContext::Attribute { path, prefix, .. } => {
                format!("attribute of {}: {prefix:?}", path.join("."))
            }
            CursorContext::Filter {
                prefix, is_test, ..
            } => format!("filter {prefix:?}, test: {is_test}"),
            CursorContext::Name {
                prefix,
                argument_of,
                position,
                keywords,
                is_value,
                ..
            } => format!(
                "name {prefix:?} in {argument_of:?} #{position} {keywords:?}, value: {is_value}"
            ),
            CursorContext::Tag { prefix, open, .. } => format!("tag {prefix:?} in {open:?}"),
            other @ (CursorContext::Text | CursorContext::Comment) => format!("{other:?}"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn string_arguments_know_their_call() {
        check(
            "select * from {{ ref('stg_$0') }}",
            &expect![[r#"string of ref #0 None after []: "stg_", replace "stg_""#]],
        );
        check(
            "{{ source('raw', \"ord$0ers\") }}",
            &expect![[r#"string of source #1 None after [Some("raw")]: "ord", replace "orders""#]],
        );
        check(
            "{{ config(materialized='$0') }}",
            &expect![[r#"string of config #0 Some("materialized") after []: "", replace """#]],
        );
    }

    #[test]
    fn half_typed_strings_work() {
        check(
            "select * from {{ ref('$0",
            &expect![[r#"string of ref #0 None after []: "", replace """#]],
        );
        check(
            "from {{ ref('st$0 }}\njoin {{ ref('b') }}",
            &expect![[r#"string of ref #0 None after []: "st", replace "st""#]],
        );
    }

    #[test]
    fn attributes_filters_and_names() {
        check(
            "{{ dbt_utils.st$0 }}",
            &expect![[r#"attribute of dbt_utils: "st""#]],
        );
        check(
            "{{ x | upp$0 }}",
            &expect![[r#"filter "upp", test: false"#]],
        );
        check(
            "{% if x is def$0 %}",
            &expect![[r#"filter "def", test: true"#]],
        );
        check(
            "{{ config(a=1, mat$0) }}",
            &expect![[r#"name "mat" in Some(["config"]) #0 ["a"], value: false"#]],
        );
        check(
            "{{ config(a=tr$0) }}",
            &expect![[r#"name "tr" in Some(["config"]) #0 ["a"], value: true"#]],
        );
        check(
            "{{ $0",
            &expect![[r#"name "" in None #0 [], value: false"#]],
        );
    }

    #[test]
    fn tags_know_what_is_open() {
        check(
            "{% macro m() %}{% if a %}{% en$0",
            &expect![[r#"tag "en" in ["macro", "if"]"#]],
        );
    }

    #[test]
    fn text_and_comments() {
        check("select $0 {{ x }}", &expect!["Text"]);
        check("{{ x }}$0", &expect!["Text"]);
        check("{# ref('$0", &expect!["Comment"]);
    }
}
