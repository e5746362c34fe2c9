//! From the engine's record of its output to the pieces of a source map.

use std::sync::Arc;

use base::{RenderedRange, SourceRange};
use minijinja::{OutputSpan, OutputSpanKind};

use crate::desugar::OffsetMap;
use crate::render::macro_def::MacroDef;
use crate::render::source_map::{MacroPlace, Piece, PieceKind, SourceMap};
use crate::syntax::Template;
use crate::value::Value;

pub(super) struct Inputs<'a> {
    /// The output.
    pub(super) text: &'a str,
    /// What the engine rendered.
    pub(super) source: &'a str,
    /// What the user wrote, and where it begins in the file.
    pub(super) whole: &'a str,
    pub(super) start: u32,
    pub(super) offsets: &'a OffsetMap,
    pub(super) tree: &'a Template,
    /// Macros that the template called, with what each gave.
    pub(super) calls: &'a [(Arc<MacroDef>, Value)],
}

/// The source map of a rendering. Holds its invariant whatever the engine recorded.
pub(super) fn source_map(inputs: &Inputs<'_>, spans: &[OutputSpan]) -> SourceMap {
    let mut pieces = Vec::with_capacity(spans.len());
    let mut done = 0;
    let mut calls = inputs.calls.iter();
    for span in spans {
        let output = span.output_range();
        let rendered = RenderedRange::from_usize(output.start, output.end);
        if rendered.start < done || rendered.is_empty() {
            continue;
        }
        if rendered.start > done {
            pieces.push(unknown(inputs, RenderedRange::new(done, rendered.start)));
        }
        done = rendered.end;
        let range = span.source_range();
        let range = SourceRange::from_usize(range.start, range.end);
        if span.kind() == OutputSpanKind::Raw
            && let Some(range) = raw_range(inputs, range, rendered.of(inputs.text))
        {
            pieces.extend(literal(inputs.offsets, range, rendered.start));
        } else {
            pieces.push(expression(inputs, rendered, range, &mut calls));
        }
    }
    let len = inputs.text.len() as u32;
    if done < len {
        pieces.push(unknown(inputs, RenderedRange::new(done, len)));
    }
    SourceMap::new(pieces)
}

/// The range of the template that `text` was copied from.
///
/// The engine's span may still hold the white space that a tag's `-` removed.
fn raw_range(inputs: &Inputs<'_>, span: SourceRange, text: &str) -> Option<SourceRange> {
    let spanned = span.of(inputs.source);
    if spanned == text {
        return Some(span);
    }
    let at = spanned.find(text)? as u32;
    Some(SourceRange::new(
        span.start + at,
        span.start + at + text.len() as u32,
    ))
}

/// Pieces for text that was copied from `range` of the edited template.
pub(super) fn literal(offsets: &OffsetMap, range: SourceRange, rendered: u32) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut done = range.start;
    let gap = |from: u32, to: u32| Piece {
        rendered: RenderedRange::new(
            rendered + (from - range.start),
            rendered + (to - range.start),
        ),
        source: offsets.to_source(SourceRange::new(from, to)),
        kind: PieceKind::Expression,
        through: None,
    };
    for (start, source) in offsets.copies(range) {
        if start > done {
            pieces.push(gap(done, start));
        }
        done = start + source.len();
        let at = rendered + (start - range.start);
        pieces.push(Piece {
            rendered: RenderedRange::new(at, at + source.len()),
            source,
            kind: PieceKind::Literal,
            through: None,
        });
    }
    if done < range.end {
        pieces.push(gap(done, range.end));
    }
    pieces
}

fn expression(
    inputs: &Inputs<'_>,
    rendered: RenderedRange,
    range: SourceRange,
    calls: &mut std::slice::Iter<'_, (Arc<MacroDef>, Value)>,
) -> Piece {
    let source = inputs.offsets.to_source(range);
    Piece {
        rendered,
        source: tag_around(inputs, source),
        kind: PieceKind::Expression,
        through: called(rendered.of(inputs.text), calls),
    }
}

/// The tag that an expression is in: `{{ ... }}` with its braces.
fn tag_around(inputs: &Inputs<'_>, source: SourceRange) -> SourceRange {
    let inner_start = source.start.saturating_sub(inputs.start);
    let tags = &inputs.tree.tags;
    let after = tags.partition_point(|tag| tag.range.end <= inner_start);
    match tags.get(after) {
        Some(tag) if tag.range.contains(inner_start) => tag.range.shifted(inputs.start),
        _ => clamp(inputs, source),
    }
}

fn clamp(inputs: &Inputs<'_>, range: SourceRange) -> SourceRange {
    let end = inputs.start + inputs.whole.len() as u32;
    SourceRange::new(range.start.min(end), range.end.min(end))
}

/// The macro whose result `text` is: results come in the order of the output, some are used otherwise.
fn called(
    text: &str,
    calls: &mut std::slice::Iter<'_, (Arc<MacroDef>, Value)>,
) -> Option<MacroPlace> {
    let at = calls
        .as_slice()
        .iter()
        .position(|(_, value)| value.as_str() == Some(text))?;
    let (def, _) = calls.nth(at)?;
    Some(MacroPlace {
        unique_id: Arc::clone(&def.unique_id),
        file: def.file,
        range: def.range,
    })
}

/// Output that the engine did not account for.
fn unknown(inputs: &Inputs<'_>, rendered: RenderedRange) -> Piece {
    Piece {
        rendered,
        source: SourceRange::new(inputs.start, inputs.start + inputs.whole.len() as u32),
        kind: PieceKind::Expression,
        through: None,
    }
}
