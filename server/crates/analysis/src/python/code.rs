//! Python's text, as far as it takes to find calls in it: what is code, what is a text, what is a comment.

use base::SourceRange;

/// A call of one of dbt's functions.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// `ref`, `source`, `config`, `config.get`, `config.meta_get`
    pub(super) name: &'a str,
    /// From `dbt` to the opening parenthesis.
    pub(super) range: SourceRange,
    /// What stands between the parentheses, without comments, and with the template language's words for Python's constants.
    pub(super) arguments: String,
}

const FUNCTIONS: [&str; 5] = ["config.meta_get", "config.get", "config", "ref", "source"];

/// A stretch of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Text,
    Comment,
}

/// All calls of `dbt.x(...)`, in order.
pub(super) fn calls(text: &str) -> Vec<Call<'_>> {
    let pieces = pieces(text);
    let mut calls = Vec::new();
    for (nth, (kind, start, code)) in pieces.iter().enumerate() {
        if *kind != Kind::Code {
            continue;
        }
        for (at, _) in code.match_indices("dbt.") {
            let before = code.get(..at).and_then(|it| it.chars().next_back());
            if before.is_some_and(|c| is_of_name(c) || c == '.') {
                continue;
            }
            let after = code.get(at + "dbt.".len()..).unwrap_or_default();
            let found = FUNCTIONS.iter().find_map(|name| {
                let rest = after.strip_prefix(name)?.trim_start();
                rest.starts_with('(').then_some((*name, rest))
            });
            if let Some((name, rest)) = found {
                let opening = start + code.len() - rest.len();
                let arguments = arguments(&pieces, nth, opening + 1);
                let range = SourceRange::from_usize(start + at, opening);
                calls.extend(arguments.map(|arguments| Call {
                    name,
                    range,
                    arguments,
                }));
            }
        }
    }
    calls
}

/// The names of the functions called `name` that stand at the margin.
pub(super) fn functions(text: &str, name: &str) -> Vec<SourceRange> {
    let mut found = Vec::new();
    for (kind, start, code) in pieces(text) {
        if kind != Kind::Code {
            continue;
        }
        for (at, _) in code.match_indices("def ") {
            let begin = start + at;
            let is_at_margin = begin == 0 || text.get(..begin).is_some_and(|it| it.ends_with('\n'));
            let after = code.get(at + "def ".len()..).unwrap_or_default();
            let rest = after.trim_start();
            let is_named = rest
                .strip_prefix(name)
                .is_some_and(|rest| rest.trim_start().starts_with('('));
            if is_at_margin && is_named {
                let name_at = begin + "def ".len() + (after.len() - rest.len());
                found.push(SourceRange::from_usize(name_at, name_at + name.len()));
            }
        }
    }
    found
}

/// Nothing but comments.
pub(super) fn is_blank(text: &str) -> bool {
    let mut pieces = pieces(text).into_iter();
    pieces.all(|(kind, _, piece)| kind == Kind::Comment || piece.trim().is_empty())
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// From `from` to the parenthesis that closes there.
fn arguments(pieces: &[(Kind, usize, &str)], nth: usize, from: usize) -> Option<String> {
    let mut out = String::new();
    let mut depth = 1_usize;
    for (kind, start, piece) in pieces.get(nth..)? {
        let piece = piece.get(from.saturating_sub(*start)..).unwrap_or_default();
        match kind {
            Kind::Comment => {}
            Kind::Text => out.push_str(piece),
            Kind::Code => {
                let end = piece.char_indices().find_map(|(at, c)| {
                    match c {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                    (depth == 0).then_some(at)
                });
                let code = piece.get(..end.unwrap_or(piece.len()))?;
                out.push_str(&with_template_constants(code));
                if end.is_some() {
                    return Some(out);
                }
            }
        }
    }
    None
}

fn with_template_constants(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut word = String::new();
    for c in code.chars().map(Some).chain([None]) {
        if let Some(c) = c.filter(|c| is_of_name(*c)) {
            word.push(c);
            continue;
        }
        out.push_str(match word.as_str() {
            "True" => "true",
            "False" => "false",
            "None" => "none",
            other => other,
        });
        word.clear();
        out.extend(c);
    }
    out
}

/// The whole file, cut where code, texts and comments begin.
fn pieces(text: &str) -> Vec<(Kind, usize, &str)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, len) = if rest.starts_with('#') {
            (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with(['"', '\'']) {
            (Kind::Text, text_len(rest))
        } else {
            (
                Kind::Code,
                rest.find(['#', '"', '\'']).unwrap_or(rest.len()),
            )
        };
        pieces.extend(rest.get(..len).map(|piece| (kind, at, piece)));
        at += len.max(1);
    }
    pieces
}

/// How long the text is that begins here, its quotes included.
fn text_len(rest: &str) -> usize {
    let quote = rest.get(..1).unwrap_or_default();
    let triple = quote.repeat(3);
    let quote = if rest.starts_with(&triple) {
        triple.as_str()
    } else {
        quote
    };
    let mut at = quote.len();
    while let Some(inner) = rest.get(at..).filter(|inner| !inner.is_empty()) {
        if inner.starts_with(quote) {
            return at + quote.len();
        }
        let mut characters = inner.chars();
        let first = characters.next();
        if quote.len() == 1 && first == Some('\n') {
            // Not closed: the line is all there is of it.
            return at;
        }
        let escaped = (first == Some('\\')).then(|| characters.next()).flatten();
        at += first.map_or(1, char::len_utf8) + escaped.map_or(0, char::len_utf8);
    }
    rest.len()
}
