//! `modules.re`: Python's regular expressions, for the patterns that both engines read alike.
//!
//! Look-around and back-references do not exist in our engine; such a pattern is an error that says so.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};
use regex::{Captures, Regex, RegexBuilder};

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
        ("compile", |_, args| Ok(Value::from_object(pattern(args)?))),
        ("escape", |_, args| {
            let escaped = regex::escape(&args.required_text("escape", 0, "pattern")?);
            Ok(Value::from(escaped))
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

#[derive(Debug)]
struct Pattern {
    regex: Regex,
    /// The same, anchored at the start.
    at_start: Regex,
    /// The same, anchored at both ends.
    whole: Regex,
    source: String,
}

fn pattern(args: &CallArgs) -> Result<Pattern> {
    let first = args.required("re", 0, "pattern")?;
    if let Some(pattern) = first.downcast_object_ref::<Pattern>() {
        return Ok(Pattern {
            regex: pattern.regex.clone(),
            at_start: pattern.at_start.clone(),
            whole: pattern.whole.clone(),
            source: pattern.source.clone(),
        });
    }
    let source = text(&first);
    let flags = args
        .named("flags")
        .or_else(|| args.positional.iter().skip(1).find(|it| it.is_integer()))
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let build = |source: &str| {
        RegexBuilder::new(source)
            .case_insensitive(flags & IGNORECASE != 0)
            .multi_line(flags & MULTILINE != 0)
            .dot_matches_new_line(flags & DOTALL != 0)
            .ignore_whitespace(flags & VERBOSE != 0)
            .size_limit(1 << 22)
            .build()
            .map_err(|problem| error(format!("regular expression `{source}`: {problem}")))
    };
    Ok(Pattern {
        regex: build(&source)?,
        at_start: build(&format!(r"\A(?:{source})"))?,
        whole: build(&format!(r"\A(?:{source})\z"))?,
        source,
    })
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

impl Pattern {
    fn apply(&self, state: &State<'_, '_>, method: &str, args: &CallArgs) -> Result<Value> {
        let subject_at = usize::from(method == "sub");
        let subject = args.required_text(method, subject_at, "string")?;
        let found = |captures: Option<Captures<'_>>| {
            captures.map_or(Value::from(()), |captures| {
                Match::value(&self.regex, &captures)
            })
        };
        Ok(match method {
            "search" => found(self.regex.captures(&subject)),
            "match" => found(self.at_start.captures(&subject)),
            "fullmatch" => found(self.whole.captures(&subject)),
            "findall" => list(self.every(state, &subject, all_of)?),
            "finditer" => list(self.every(state, &subject, |it| Match::value(&self.regex, it))?),
            "split" => self.split(state, &subject, args)?,
            "sub" => {
                let replacement = python_replacement(&args.required_text(method, 0, "repl")?);
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
        let mut found = Vec::new();
        for captures in self.regex.captures_iter(subject) {
            state.consume_fuel(4)?;
            found.push(make(&captures));
        }
        Ok(found)
    }

    /// The first `n` matches replaced, or all if it is 0; the text is paid for as it grows.
    fn replaced(
        &self,
        state: &State<'_, '_>,
        subject: &str,
        replacement: &str,
        n: usize,
    ) -> Result<Value> {
        let n = if n == 0 { usize::MAX } else { n };
        let mut out = String::new();
        let mut done = 0;
        for captures in self.regex.captures_iter(subject).take(n) {
            let Some(whole) = captures.get(0) else {
                continue;
            };
            let before = out.len();
            out.push_str(subject.get(done..whole.start()).unwrap_or(""));
            captures.expand(replacement, &mut out);
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
        for captures in self.regex.captures_iter(subject).take(max) {
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

/// `\1` and `\g<name>` as our engine writes them.
fn python_replacement(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('$', _) => out.push_str("$$"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                chars.next();
                let _ = write!(out, "${{{digit}}}");
            }
            ('\\', Some('g')) => {
                chars.next();
                let name: String = chars
                    .by_ref()
                    .skip_while(|c| *c == '<')
                    .take_while(|c| *c != '>')
                    .collect();
                let _ = write!(out, "${{{name}}}");
            }
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some('\\')) => {
                chars.next();
                out.push('\\');
            }
            _ => out.push(c),
        }
    }
    out
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

/// What `findall` gives for one match: the match, its only group, or all groups.
fn all_of(captures: &Captures<'_>) -> Value {
    match captures.len() {
        1 => group(captures, 0),
        2 => group(captures, 1),
        _ => Value::from(Tuple::new(groups(captures))),
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
    fn value(regex: &Regex, captures: &Captures<'_>) -> Value {
        let mut all = vec![group(captures, 0)];
        all.extend(groups(captures));
        let span = captures.get(0).map_or(0..0, |it| it.range());
        Value::from_object(Self {
            groups: all,
            names: regex
                .capture_names()
                .enumerate()
                .filter_map(|(idx, name)| Some((name?.to_owned(), idx)))
                .collect(),
            start: span.start,
            end: span.end,
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
