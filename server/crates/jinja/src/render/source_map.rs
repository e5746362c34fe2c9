//! `SourceMap`: from rendered text back to the files it came from.
//!
//! **Invariant:** the pieces cover the output exactly, in order, without gaps or overlaps, and the text of a literal
//! piece equals its source. Everything else points at the expression of the outermost template that produced it, and
//! names the macro that was called there.

use std::sync::Arc;

use base::{FileId, RenderedRange, SourceRange};

/// How a piece of output came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Copied from the template, byte for byte.
    Literal,
    /// Computed by the expression at the piece's source range.
    Expression,
}

/// The definition of the macro that made a piece.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MacroPlace {
    /// `macro.package.name`.
    pub unique_id: Arc<str>,
    /// Where it is defined.
    pub file: FileId,
    /// From opening to closing tag.
    pub range: SourceRange,
}

/// A run of output with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where in the output.
    pub rendered: RenderedRange,
    /// Where in the outermost template's file.
    pub source: SourceRange,
    /// Copied or computed.
    pub kind: PieceKind,
    /// The macro whose call made it, if that is known.
    pub through: Option<MacroPlace>,
}

/// How exactly a source range answers for a rendered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Byte for byte.
    Exact,
    /// The smallest known source around it: an expression, or several pieces.
    Covering,
}

/// Where every byte of a rendered text came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    pieces: Vec<Piece>,
}

impl SourceMap {
    /// Pieces must be in order and without gaps; the renderer makes them so.
    pub(crate) fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// The map of a text that is rendered to itself, such as an SQL file without any Jinja.
    #[must_use]
    pub fn identity(len: u32, start: u32) -> Self {
        let pieces = (len > 0).then(|| Piece {
            rendered: RenderedRange::new(0, len),
            source: SourceRange::new(start, start + len),
            kind: PieceKind::Literal,
            through: None,
        });
        Self {
            pieces: pieces.into_iter().collect(),
        }
    }

    /// All pieces in the output's order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The piece that made the byte at `offset`; at the very end, the last one.
    pub fn piece_at(&self, offset: u32) -> Option<&Piece> {
        let after = self
            .pieces
            .partition_point(|piece| piece.rendered.end <= offset);
        self.pieces.get(after).or(self.pieces.last())
    }

    /// The source of `range`. An end that falls on a border belongs to the piece before it.
    pub fn to_source(&self, range: RenderedRange) -> Option<(SourceRange, Precision)> {
        let first = self.piece_at(range.start)?;
        let last = if range.is_empty() {
            first
        } else {
            self.piece_at(range.end - 1)?
        };
        let (start, start_precision) = at_piece(first, range.start, |source| source.start);
        let (end, end_precision) = if range.is_empty() && first.kind == PieceKind::Literal {
            (start, Precision::Exact)
        } else {
            at_piece(last, range.end, |source| source.end)
        };
        let is_one_piece = first.rendered == last.rendered;
        let precision = if is_one_piece {
            start_precision.max(end_precision)
        } else {
            Precision::Covering
        };
        // A loop's second round lies before its first in the file: cover both rather than invert.
        Some((SourceRange::new(start.min(end), end.max(start)), precision))
    }

    /// All places that the source byte at `offset` was rendered to: none under an `if` that is false, several in a
    /// loop. In an expression, its whole output.
    pub fn to_rendered(&self, offset: u32) -> Vec<RenderedRange> {
        self.pieces
            .iter()
            .filter(|piece| piece.source.contains(offset))
            .map(|piece| match piece.kind {
                PieceKind::Literal => {
                    RenderedRange::at(piece.rendered.start + (offset - piece.source.start))
                }
                PieceKind::Expression => piece.rendered,
            })
            .collect()
    }

    /// The same map for the text without its first `n` bytes and with at most `len` bytes, as after trimming.
    #[must_use]
    pub fn sliced(&self, range: RenderedRange) -> Self {
        let pieces = self
            .pieces
            .iter()
            .filter(|piece| piece.rendered.start < range.end && piece.rendered.end > range.start)
            .map(|piece| {
                let start = piece.rendered.start.max(range.start);
                let end = piece.rendered.end.min(range.end);
                let source = match piece.kind {
                    PieceKind::Literal => SourceRange::new(
                        piece.source.start + (start - piece.rendered.start),
                        piece.source.end - (piece.rendered.end - end),
                    ),
                    PieceKind::Expression => piece.source,
                };
                Piece {
                    rendered: RenderedRange::new(start - range.start, end - range.start),
                    source,
                    ..piece.clone()
                }
            })
            .collect();
        Self { pieces }
    }
}

fn at_piece(piece: &Piece, offset: u32, edge: fn(SourceRange) -> u32) -> (u32, Precision) {
    match piece.kind {
        PieceKind::Literal => {
            let inside = offset.clamp(piece.rendered.start, piece.rendered.end);
            let at = piece.source.start + (inside - piece.rendered.start);
            (at, Precision::Exact)
        }
        PieceKind::Expression => (edge(piece.source), Precision::Covering),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> SourceMap {
        // `select {{ x }} from` rendered as `select abc from`
        let piece = |rendered: (u32, u32), source: (u32, u32), kind| Piece {
            rendered: RenderedRange::new(rendered.0, rendered.1),
            source: SourceRange::new(source.0, source.1),
            kind,
            through: None,
        };
        SourceMap::new(vec![
            piece((0, 7), (0, 7), PieceKind::Literal),
            piece((7, 10), (7, 14), PieceKind::Expression),
            piece((10, 15), (14, 19), PieceKind::Literal),
        ])
    }

    #[test]
    fn literal_text_maps_byte_for_byte() {
        let (range, precision) = map().to_source(RenderedRange::new(11, 15)).unwrap();
        assert_eq!(
            (range, precision),
            (SourceRange::new(15, 19), Precision::Exact)
        );
    }

    #[test]
    fn computed_text_maps_to_its_expression() {
        let (range, precision) = map().to_source(RenderedRange::new(8, 9)).unwrap();
        assert_eq!(
            (range, precision),
            (SourceRange::new(7, 14), Precision::Covering)
        );
    }

    #[test]
    fn a_range_over_several_pieces_covers_them() {
        let (range, precision) = map().to_source(RenderedRange::new(2, 12)).unwrap();
        assert_eq!(
            (range, precision),
            (SourceRange::new(2, 16), Precision::Covering)
        );
    }

    #[test]
    fn slicing_keeps_places() {
        let sliced = map().sliced(RenderedRange::new(3, 12));
        let (range, _) = sliced.to_source(RenderedRange::new(7, 9)).unwrap();
        assert_eq!(range, SourceRange::new(14, 16));
    }
}
