//! `modules.re`: Python's regular expressions.
//!
//! `python_syntax` reads the pattern; the matching is `fancy_regex`'s, which goes back and forth only for patterns with
//! look-around or back-references, and then within a limit.

mod python_syntax;

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{Arc, OnceLock};

use fancy_regex::{Captures, Regex, RegexBuilder};
use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use self::python_syntax::{Flags, Translated, translated};
use super::functions;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Tuple, Value, dict, error, list, text};

type Result<T> = std::result::Result<T, EngineError>;

const IGNORECASE: i64 = 2;
const MULTILINE: i64 = 8;
const DOTALL: i64 = 16;
const VERBOSE: i64 = 64;

pub(super) fn module() -> Value {
    let mut pairs = functions(&[
        ("match", |state, args| on_pattern(state, args, "match")),
        ("fullmatch", |state, args| {
            on_pattern(state, args, "fullmatch")
        }),
        ("search", |state, args| on_pattern(state, args, "search")),
        ("findall", |state, args| on_pattern(state, args, "findall")),
        ("finditer", |state, args| {
            on_pattern(state, args, "finditer")
        }),
        ("split", |state, args| on_pattern(state, args, "split")),
        ("sub", |state, args| on_pattern(state, args, "sub")),
        ("compile", |_, args| {
            let pattern = pattern(args)?;
            pattern.regex("search")?;
            Ok(Value::from_dyn_object(pattern))
        }),
        ("escape", |_, args| {
            let plain = args.required_text("escape", 0, "pattern")?;
            Ok(Value::from(escaped(&plain)))
        }),
    ]);
    for (name, flag) in [
        ("IGNORECASE", IGNORECASE),
        ("I", IGNORECASE),
        ("MULTILINE", MULTILINE),
        ("M", MULTILINE),
        ("DOTALL", DOTALL),
        ("S", DOTALL),
        ("VERBOSE", VERBOSE),
        ("X", VERBOSE),
    ] {
        pairs.push((name, Value::from(flag)));
    }
    dict(pairs)
}

/// As Python escapes: what means something somewhere, white space among it.
fn escaped(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if r"()[]{}?*+-|^$\.&~#".contains(c) || (c.is_ascii_whitespace() || c == '\x0b') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A pattern, built for each way to look for it when it is first looked for in that way.
#[derive(Debug, Default)]
struct Pattern {
    source: String,
    translated: Translated,
    anywhere: OnceLock<Regex>,
    at_start: OnceLock<Regex>,
    whole: OnceLock<Regex>,
}

fn pattern(args: &CallArgs) -> Result<Arc<Pattern>> {
    let first = args.required("re", 0, "pattern")?;
    if let Some(pattern) = first.downcast_object::<Pattern>() {
        return Ok(pattern);
    }
    let source = text(&first);
    let flags = args
        .named("flags")
        .or_else(|| args.positional.iter().skip(1).find(|it| it.is_integer()))
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let flags = Flags {
        ignore_case: flags & IGNORECASE != 0,
        multi_line: flags & MULTILINE != 0,
        dot_all: flags & DOTALL != 0,
        verbose: flags & VERBOSE != 0,
    };
    Ok(Arc::new(Pattern {
        translated: translated(&source, flags),
        source,
        ..Pattern::default()
    }))
}

/// A function of the module: the first argument is the pattern.
fn on_pattern(state: &State<'_, '_>, args: &CallArgs, method: &str) -> Result<Value> {
    let pattern = pattern(args)?;
    let rest = CallArgs {
        positional: args.positional.iter().skip(1).cloned().collect(),
        keyword: args.keyword.clone(),
    };
    pattern.apply(state, method, &rest)
}

/// A look for a pattern costs by the text that it goes through, and something for where it goes back and forth.
fn pay_for(state: &State<'_, '_>, subject: &str) -> Result<()> {
    state.consume_fuel(20 + (subject.len() / 64) as u64)
}

impl Pattern {
    fn regex(&self, method: &str) -> Result<&Regex> {
        let Translated { text, flags } = &self.translated;
        let (built, text) = match method {
            "match" => (&self.at_start, format!(r"\A(?:{text})")),
            "fullmatch" => (&self.whole, format!(r"\A(?:{text})\z")),
            _ => (&self.anywhere, text.clone()),
        };
        if let Some(regex) = built.get() {
            return Ok(regex);
        }
        let regex = RegexBuilder::new(&text)
            .case_insensitive(flags.ignore_case)
            .multi_line(flags.multi_line)
            .dot_matches_new_line(flags.dot_all)
            .delegate_size_limit(1 << 22)
            .build()
            .map_err(|problem| self.gave_up(&problem))?;
        Ok(built.get_or_init(|| regex))
    }

    fn gave_up(&self, problem: &fancy_regex::Error) -> EngineError {
        error(format!("regular expression `{}`: {problem}", self.source))
    }

    fn apply(&self, state: &State<'_, '_>, method: &str, args: &CallArgs) -> Result<Value> {
        let subject_at = usize::from(method == "sub");
        let subject = args.required_text(method, subject_at, "string")?;
        let regex = self.regex(method)?;
        Ok(match method {
            "search" | "match" | "fullmatch" => {
                pay_for(state, &subject)?;
                let found = regex.captures(&subject).map_err(|it| self.gave_up(&it))?;
                found.map_or(Value::from(()), |it| Match::value(regex, &subject, &it))
            }
            "findall" => list(self.every(state, &subject, all_of)?),
            "finditer" => {
                list(self.every(state, &subject, |it| Match::value(regex, &subject, it))?)
            }
            "split" => self.split(state, &subject, args)?,
            "sub" => {
                let replacement = replacement_pieces(&args.required_text(method, 0, "repl")?);
                let n = args.get(2, "count").and_then(Value::as_usize).unwrap_or(0);
                self.replaced(state, &subject, &replacement, n)?
            }
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        })
    }

    /// Something of every match, each of them paid for.
    fn every(
        &self,
        state: &State<'_, '_>,
        subject: &str,
        make: impl Fn(&Captures<'_>) -> Value,
    ) -> Result<Vec<Value>> {
        pay_for(state, subject)?;
        let mut found = Vec::new();
        for captures in self.regex("search")?.captures_iter(subject) {
            state.consume_fuel(4)?;
            found.push(make(&captures.map_err(|it| self.gave_up(&it))?));
        }
        Ok(found)
    }

    /// The first `n` matches replaced, or all if it is 0; the text is paid for as it grows.
    fn replaced(
        &self,
        state: &State<'_, '_>,
        subject: &str,
        replacement: &[Piece],
        n: usize,
    ) -> Result<Value> {
        let n = if n == 0 { usize::MAX } else { n };
        let mut out = String::new();
        let mut done = 0;
        pay_for(state, subject)?;
        for captures in self.regex("search")?.captures_iter(subject).take(n) {
            let captures = captures.map_err(|it| self.gave_up(&it))?;
            let Some(whole) = captures.get(0) else {
                continue;
            };
            let before = out.len();
            out.push_str(subject.get(done..whole.start()).unwrap_or(""));
            for piece in replacement {
                out.push_str(match piece {
                    Piece::Text(text) => text,
                    Piece::Group(idx) => captures.get(*idx).map_or("", |it| it.as_str()),
                    Piece::Named(name) => captures.name(name).map_or("", |it| it.as_str()),
                });
            }
            state.consume_fuel(1 + ((out.len() - before) / 64) as u64)?;
            done = whole.end();
        }
        out.push_str(subject.get(done..).unwrap_or(""));
        Ok(Value::from(out))
    }

    /// With the groups of the separators, as Python does.
    fn split(&self, state: &State<'_, '_>, subject: &str, args: &CallArgs) -> Result<Value> {
        let max = args
            .get(1, "maxsplit")
            .and_then(Value::as_usize)
            .filter(|max| *max > 0)
            .unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut done = 0;
        pay_for(state, subject)?;
        for captures in self.regex("search")?.captures_iter(subject).take(max) {
            let captures = captures.map_err(|it| self.gave_up(&it))?;
            let Some(separator) = captures.get(0) else {
                continue;
            };
            state.consume_fuel(4)?;
            parts.push(Value::from(
                subject.get(done..separator.start()).unwrap_or(""),
            ));
            parts.extend(groups(&captures));
            done = separator.end();
        }
        parts.push(Value::from(subject.get(done..).unwrap_or("")));
        Ok(list(parts))
    }
}

/// A part of what a match is replaced with.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
    Named(String),
}

/// `\1` and `\g<name>` are groups, all else is text.
fn replacement_pieces(replacement: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' {
            chars.peek().copied()
        } else {
            None
        };
        let group = match escaped {
            Some(digit) if digit.is_ascii_digit() => {
                let second = |chars: &mut Peekable<Chars<'_>>| chars.next_if(char::is_ascii_digit);
                chars.next();
                let digits: String = [digit].into_iter().chain(second(&mut chars)).collect();
                digits.parse().ok().map(Piece::Group)
            }
            Some('g') => {
                chars.next();
                let name: String = chars
                    .by_ref()
                    .skip_while(|it| *it == '<')
                    .take_while(|it| *it != '>')
                    .collect();
                Some(name.parse().map_or(Piece::Named(name), Piece::Group))
            }
            _ => None,
        };
        let text = match escaped {
            _ if group.is_some() => None,
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('\\') => Some('\\'),
            _ => None,
        };
        if let Some(group) = group {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(group);
        } else if let Some(text) = text {
            chars.next();
            plain.push(text);
        } else {
            plain.push(c);
        }
    }
    pieces.push(Piece::Text(plain));
    pieces
}

fn group(captures: &Captures<'_>, idx: usize) -> Value {
    captures
        .get(idx)
        .map_or(Value::from(()), |it| Value::from(it.as_str()))
}

fn groups(captures: &Captures<'_>) -> Vec<Value> {
    (1..captures.len())
        .map(|idx| group(captures, idx))
        .collect()
}

/// What `findall` gives for one match: the match, its only group, or all groups. A group that took no part is an empty text here.
fn all_of(captures: &Captures<'_>) -> Value {
    let text = |idx| Value::from(captures.get(idx).map_or("", |it| it.as_str()));
    match captures.len() {
        1 => text(0),
        2 => text(1),
        n => Value::from(Tuple::new((1..n).map(text).collect())),
    }
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("pattern")).then(|| Value::from(self.source.as_str()))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        self.apply(state, method, &CallArgs::from_engine(args))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "re.compile({})",
            crate::value::repr(&Value::from(self.source.as_str()))
        )
    }
}

/// A match: groups by number and by name, with their places.
#[derive(Debug)]
struct Match {
    groups: Vec<Value>,
    names: Vec<(String, usize)>,
    start: usize,
    end: usize,
}

impl Match {
    fn value(regex: &Regex, subject: &str, captures: &Captures<'_>) -> Value {
        let mut all = vec![group(captures, 0)];
        all.extend(groups(captures));
        let span = captures.get(0).map_or(0..0, |it| it.range());
        // Python counts characters.
        let before = |at: usize| subject.get(..at).map_or(0, |it| it.chars().count());
        Value::from_object(Self {
            groups: all,
            names: regex
                .capture_names()
                .enumerate()
                .filter_map(|(idx, name)| Some((name?.to_owned(), idx)))
                .collect(),
            start: before(span.start),
            end: before(span.end),
        })
    }

    fn group(&self, key: &Value) -> Result<Value> {
        let idx = match key.as_usize() {
            Some(idx) => Some(idx),
            None => self
                .names
                .iter()
                .find(|(name, _)| Some(name.as_str()) == key.as_str())
                .map(|(_, idx)| *idx),
        };
        idx.and_then(|idx| self.groups.get(idx).cloned())
            .ok_or_else(|| error("no such group"))
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.group(key).ok()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        Ok(match (method, args) {
            ("group", []) => self.group(&Value::from(0))?,
            ("group", [key]) => self.group(key)?,
            ("group", keys) => {
                let groups = keys
                    .iter()
                    .map(|key| self.group(key))
                    .collect::<Result<Vec<_>>>()?;
                Value::from(Tuple::new(groups))
            }
            ("groups", _) => Value::from(Tuple::new(self.groups.iter().skip(1).cloned().collect())),
            ("groupdict", _) => {
                dict(self.names.iter().filter_map(|(name, idx)| {
                    Some((name.as_str(), self.groups.get(*idx)?.clone()))
                }))
            }
            ("start", _) => Value::from(self.start),
            ("end", _) => Value::from(self.end),
            ("span", _) => Value::from(Tuple::from([
                Value::from(self.start),
                Value::from(self.end),
            ])),
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        })
    }
}
