//! Entries of a mapping moved into a mapping beside them, as text: comments above an entry and behind it come along.

use base::SourceRange;
use project::yaml::{Shape, Yaml, YamlNode};

/// An entry as it is written.
struct Piece<'a> {
    key: &'a str,
    value: YamlNode<'a>,
    /// From the key on; further lines are indented as in the file.
    text: String,
    /// Lines of comments above it.
    above: Vec<String>,
    /// Where it goes.
    into: Option<&'static str>,
}

/// The mapping's part of the text and what it becomes; `None` where nothing moves, or it cannot be done safely.
pub(super) fn nested(
    tree: &Yaml,
    mapping: YamlNode<'_>,
    place: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<(SourceRange, String)> {
    if mapping.shape() != Shape::Mapping || mapping.is_alias() {
        return None;
    }
    let mut keys = mapping.written_entries();
    keys.find(|(key, _)| place(key.raw().unwrap_or_default()).is_some())?;
    let (range, result) = if mapping.is_flow() {
        in_brackets(tree, mapping, place)?
    } else {
        in_lines(tree, mapping, place)?
    };
    let mut after = tree.text().to_string();
    after.replace_range(range.start as usize..range.end as usize, &result);
    Yaml::parse(&after).1.is_empty().then_some((range, result))
}

/// What is shared, or merged in from elsewhere, has to stay in its place.
fn is_shared(text: &str) -> bool {
    ["&", "*", "<<"].iter().any(|mark| {
        text.match_indices(mark).any(|(at, _)| {
            let before = text.get(..at).and_then(|it| it.chars().next_back());
            before.is_none_or(|c| c.is_whitespace() || matches!(c, '[' | '{' | ','))
        })
    })
}

fn in_brackets(
    tree: &Yaml,
    mapping: YamlNode<'_>,
    place: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<(SourceRange, String)> {
    let text: &str = tree.text();
    if is_shared(mapping.range().of(text)) || mapping.range().of(text).contains(['#', '\n']) {
        return None;
    }
    let pieces: Vec<Piece<'_>> = mapping
        .written_entries()
        .map(|(key, value)| {
            let name = key.raw()?;
            let end = value.range().end.max(key.range().end);
            Some(Piece {
                key: name,
                value,
                text: SourceRange::new(key.range().start, end).of(text).to_owned(),
                above: Vec::new(),
                into: place(name),
            })
        })
        .collect::<Option<_>>()?;
    let mut parts = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for piece in &pieces {
        let Some(group) = group_at(&pieces, piece) else {
            parts.push(piece.text.clone());
            continue;
        };
        if done.contains(&group) {
            continue;
        }
        done.push(group);
        let moved = pieces.iter().filter(|it| it.into == Some(group));
        let mut inside: Vec<&str> = moved.map(|it| &*it.text).collect();
        if let Some(own) = pieces.iter().find(|it| it.key == group) {
            if !own.value.is_flow() {
                return None;
            }
            let range = own.value.range();
            let own = SourceRange::new(range.start + 1, range.end - 1)
                .of(text)
                .trim();
            inside.extend((!own.is_empty()).then_some(own));
            inside.rotate_right(usize::from(!own.is_empty()));
        }
        parts.push(format!("{group}: {{{}}}", inside.join(", ")));
    }
    Some((mapping.range(), format!("{{{}}}", parts.join(", "))))
}

/// The mapping that stands in this entry's place: of those that move there the first one's, unless it is there already.
fn group_at<'a>(pieces: &[Piece<'a>], piece: &Piece<'a>) -> Option<&'a str> {
    let is_target = pieces.iter().any(|it| it.into == Some(piece.key));
    match piece.into {
        Some(group) if pieces.iter().any(|it| it.key == group) => None.or(Some(group)),
        Some(group) => Some(group),
        None => is_target.then_some(piece.key),
    }
}

fn in_lines(
    tree: &Yaml,
    mapping: YamlNode<'_>,
    place: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<(SourceRange, String)> {
    let text: &str = tree.text();
    let (first, _) = mapping.written_entries().next()?;
    let indent = column(text, first.range().start);
    let pieces = pieces(text, mapping, place)?;
    let end = {
        let last = mapping.written_entries().last()?;
        line_end(text, content_end(text, last)?)
    };
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for piece in &pieces {
        let Some(group) = group_at(&pieces, piece) else {
            lines.extend(shifted(piece, 0));
            continue;
        };
        if done.contains(&group) {
            continue;
        }
        done.push(group);
        let moved = pieces.iter().filter(|it| it.into == Some(group));
        let own = pieces.iter().find(|it| it.key == group);
        lines.extend(group_lines(
            text,
            group,
            own,
            &moved.collect::<Vec<_>>(),
            indent,
        )?);
    }
    let spaces = " ".repeat(indent);
    let mut out = String::new();
    for (nth, line) in lines.iter().enumerate() {
        if nth > 0 {
            out.push_str(newline);
            if !line.is_empty() {
                out.push_str(&spaces);
            }
        }
        out.push_str(line);
    }
    Some((SourceRange::new(first.range().start, end), out))
}

/// A group with what moves into it, as lines from the mapping's indentation on.
fn group_lines(
    text: &str,
    group: &str,
    own: Option<&Piece<'_>>,
    moved: &[&Piece<'_>],
    indent: usize,
) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let Some(own) = own else {
        lines.push(format!("{group}:"));
        for piece in moved {
            lines.extend(shifted(piece, 2));
        }
        return Some(lines);
    };
    if own.value.is_flow() {
        // `{a: 1}` takes what fits on a line, before its bracket.
        let is_short = |it: &&Piece<'_>| it.above.is_empty() && !it.text.contains(['\n', '#']);
        let mapping = own.value.shape() == Shape::Mapping;
        if !mapping
            || own.text.contains('\n')
            || !moved.iter().all(|it| is_short(it) && !is_block(it.value))
        {
            return None;
        }
        let has_entries = own.value.written_entries().next().is_some();
        let closing = own.text.rfind('}')?;
        let parts: Vec<&str> = moved.iter().map(|it| it.text.trim()).collect();
        let comma = if has_entries { ", " } else { "" };
        let (before, after) = own.text.split_at(closing);
        lines.push(format!(
            "{}{comma}{}{after}",
            before.trim_end(),
            parts.join(", ")
        ));
        return Some(lines);
    }
    if own.value.shape() != Shape::Mapping {
        return None;
    }
    let (first, _) = own.value.written_entries().next()?;
    let deeper = column(text, first.range().start).checked_sub(indent)?;
    lines.extend(shifted(own, 0));
    for piece in moved {
        lines.extend(shifted(piece, deeper));
    }
    Some(lines)
}

fn is_block(value: YamlNode<'_>) -> bool {
    !value.is_flow() && value.shape() != Shape::Scalar
}

/// The lines of a piece, further in.
fn shifted(piece: &Piece<'_>, by: usize) -> Vec<String> {
    let spaces = " ".repeat(by);
    let lines = piece
        .above
        .iter()
        .map(String::as_str)
        .chain(piece.text.split('\n'));
    lines
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{spaces}{line}")
            }
        })
        .collect()
}

/// The entries as they are written, their lines relative to the mapping's indentation.
fn pieces<'a>(
    text: &str,
    mapping: YamlNode<'a>,
    place: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<Vec<Piece<'a>>> {
    let entries: Vec<_> = mapping.written_entries().collect();
    let indent = column(text, entries.first()?.0.range().start);
    let mut pieces = Vec::new();
    let mut previous_end = None;
    for entry in entries {
        let (key, value) = entry;
        let start = key.range().start;
        if column(text, start) != indent {
            return None;
        }
        let end = line_end(text, content_end(text, entry)?);
        let between = previous_end.map_or("", |from| SourceRange::new(from, start).of(text));
        let above: Vec<String> = between
            .split('\n')
            .skip(1)
            .collect::<Vec<_>>()
            .split_last()
            .map(|(_, lines)| lines.iter().map(|line| line.trim().to_owned()).collect())
            .unwrap_or_default();
        let written = SourceRange::new(start, end).of(text);
        if is_shared(written) && place(key.raw()?).is_some() {
            return None;
        }
        let lines = written.split('\n').enumerate().map(|(nth, line)| {
            let line = line.trim_end_matches('\r');
            if nth == 0 || line.trim().is_empty() {
                return Some(line.trim_end().to_owned());
            }
            // A line that is not further in than its key cannot be moved with it.
            let (blank, rest) = line.split_at_checked(indent)?;
            blank.trim().is_empty().then(|| rest.to_owned())
        });
        pieces.push(Piece {
            key: key.raw()?,
            value,
            text: lines.collect::<Option<Vec<_>>>()?.join("\n"),
            above,
            into: place(key.raw()?),
        });
        previous_end = Some(end);
    }
    Some(pieces)
}

fn content_end(text: &str, (key, value): (YamlNode<'_>, YamlNode<'_>)) -> Option<u32> {
    let range = value.range();
    if range.is_empty() {
        let rest = text.get(key.range().end as usize..)?;
        return Some(key.range().end + rest.find(':')? as u32 + 1);
    }
    if value.is_alias() || value.is_flow() {
        return Some(range.end);
    }
    match value.shape() {
        Shape::Scalar => Some(range.start + range.of(text).trim_end().len() as u32),
        Shape::Mapping => content_end(text, value.written_entries().last()?),
        Shape::Sequence => match value.items().last() {
            Some(last) if last.shape() == Shape::Mapping && !last.is_flow() && !last.is_alias() => {
                content_end(text, last.written_entries().last()?)
            }
            Some(last) => content_end(text, (last, last)),
            None => Some(range.end),
        },
    }
}

fn line_end(text: &str, offset: u32) -> u32 {
    let rest = text.get(offset as usize..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    offset + line.trim_end().len() as u32
}

fn column(text: &str, offset: u32) -> usize {
    let before = text.get(..offset as usize).unwrap_or("");
    before.rsplit('\n').next().map_or(0, str::len)
}
