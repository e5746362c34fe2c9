//! Parsing on after an error.
//!
//! The parser stops at the first error of a document. Where a line seems to be at fault, it is replaced by blanks (so
//! that all other offsets stay) and the whole is parsed again: of a few guesses, the one that gets furthest is taken.
//! A user who is typing breaks a line; the models above and below stay what they are.

use base::{Diagnostic, SourceRange};
use granit_parser::ErrorKind;

use super::{
    Yaml,
    build::{Built, build},
    message::message,
};

/// More errors than this in one file, and the rest of it is left out.
const MAX_ERRORS: usize = 16;

/// Bytes to parse again in search of what is at fault; about a third of a second.
const MAX_REPARSED: usize = 6_000_000;

pub(super) fn parse(text: &str) -> (Yaml, Vec<Diagnostic>) {
    let mut built = build(text);
    let mut errors = Vec::new();
    let mut blanked = text.to_owned();
    let mut budget = MAX_REPARSED;
    while let Some((at, kind)) = built.error.take() {
        errors.push(diagnostic(text, at, &kind));
        if errors.len() == MAX_ERRORS {
            break;
        }
        let Some((next_text, next)) = best_guess(&blanked, at, &mut budget) else {
            break;
        };
        (blanked, built) = (next_text, next);
    }
    built.diagnostics.extend(errors);
    built.diagnostics.sort();
    let mut tree = built.tree;
    tree.text = text.into();
    (tree, built.diagnostics)
}

fn diagnostic(text: &str, at: u32, kind: &ErrorKind) -> Diagnostic {
    let line = line_at(text, at);
    // The rest of the line, so that there is something to underline; the whole line where nothing is left of it.
    let trimmed_end = line.start + line.of(text).trim_end().len() as u32;
    let range = if at < trimmed_end {
        SourceRange::new(at, trimmed_end)
    } else {
        let indent = line.of(text).len() - line.of(text).trim_start().len();
        SourceRange::new((line.start + indent as u32).min(trimmed_end), trimmed_end)
    };
    Diagnostic::error("yaml-syntax", range, message(kind, line.of(text)))
}

/// What may be at fault, one or the other.
struct Suspects {
    alternatives: Vec<SourceRange>,
    /// Without its line, what is indented below it belongs to something else: only if all is well then.
    must_be_all: bool,
}

/// The text with some lines blanked that parses further than the line of `at`: as few lines as that takes.
fn best_guess(text: &str, at: u32, budget: &mut usize) -> Option<(String, Built)> {
    let line_end = line_at(text, at).end;
    suspects(text, at).into_iter().find_map(|suspects| {
        let goal = if suspects.must_be_all {
            u32::MAX - 1
        } else {
            line_end
        };
        suspects
            .alternatives
            .into_iter()
            .filter_map(|range| {
                *budget = budget.checked_sub(text.len())?;
                let candidate = without(text, range);
                let built = build(&candidate);
                let reached = built.error.as_ref().map_or(u32::MAX, |(at, _)| *at);
                Some((reached, candidate, built))
            })
            .filter(|(reached, ..)| *reached > goal)
            // Of equally good guesses the first.
            .reduce(|best, other| if other.0 > best.0 { other } else { best })
            .map(|(_, text, built)| (text, built))
    })
}

/// What may be at fault for an error at `at`: groups of alternatives, the smaller losses first.
fn suspects(text: &str, at: u32) -> Vec<Suspects> {
    let here = line_at(text, at);
    let before = previous_line(text, here);
    // A line that is neither key nor item is the likelier culprit than the one at which the parser noticed.
    let is_stray = |line: SourceRange| {
        let line = line.of(text).trim();
        !line.is_empty() && !line.starts_with('-') && !line.contains(": ") && !line.ends_with(':')
    };
    let mut lines: Vec<SourceRange> = [Some(here), before].into_iter().flatten().collect();
    if !is_stray(here) && before.is_some_and(is_stray) {
        lines.reverse();
    }
    let blocks: Vec<SourceRange> = lines.iter().map(|line| block(text, *line)).collect();
    let item = enclosing_item(text, here);
    let outer_item = item.and_then(|item| enclosing_item(text, item));
    let of_item =
        |item: Option<SourceRange>| item.map(|item| block(text, item)).into_iter().collect();
    let rest = SourceRange::new(here.start, text.len() as u32);
    let lines = Suspects {
        must_be_all: lines != blocks,
        alternatives: lines,
    };
    let mut groups = vec![lines];
    for alternatives in [blocks, of_item(item), of_item(outer_item), vec![rest]] {
        groups.push(Suspects {
            alternatives,
            must_be_all: false,
        });
    }
    groups
}

fn line_at(text: &str, at: u32) -> SourceRange {
    let at = (at as usize).min(text.len());
    let bytes = text.as_bytes();
    let start = bytes
        .get(..at)
        .and_then(|before| before.iter().rposition(|byte| *byte == b'\n'))
        .map_or(0, |newline| newline + 1);
    let end = bytes
        .get(at..)
        .and_then(|after| after.iter().position(|byte| *byte == b'\n'))
        .map_or(text.len(), |newline| at + newline);
    SourceRange::from_usize(start, end)
}

/// The last line with something on it before `line`.
fn previous_line(text: &str, line: SourceRange) -> Option<SourceRange> {
    let mut line = line;
    loop {
        line = line_at(text, line.start.checked_sub(1)?);
        if !line.of(text).trim().is_empty() {
            return Some(line);
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// `line` and those below that are indented deeper.
fn block(text: &str, line: SourceRange) -> SourceRange {
    let own = indent(line.of(text));
    let mut end = line.end;
    while (end as usize) < text.len() {
        let next = line_at(text, end + 1);
        let content = next.of(text);
        if !content.trim().is_empty() && indent(content) <= own {
            break;
        }
        end = next.end;
    }
    SourceRange::new(line.start, end)
}

/// The nearest line above that begins a list item and is indented less.
fn enclosing_item(text: &str, line: SourceRange) -> Option<SourceRange> {
    let own = indent(line.of(text));
    let mut above = line;
    loop {
        above = previous_line(text, above)?;
        let content = above.of(text);
        if indent(content) < own && content.trim_start().starts_with('-') {
            return Some(above);
        }
    }
}

/// The same text with blanks in `range`, byte for byte.
fn without(text: &str, range: SourceRange) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let slice = bytes.get_mut(range.start as usize..(range.end as usize).min(text.len()));
    for byte in slice.unwrap_or_default() {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = b' ';
        }
    }
    // Whole lines were replaced, so that no character was cut.
    String::from_utf8_lossy(&bytes).into_owned()
}
