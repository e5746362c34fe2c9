//! Positions as the protocol counts them, and byte offsets as everything else does.
//!
//! The encoding is negotiated once, in `initialize`. Positions come from a client that may be wrong: whatever lies
//! outside of the text is clamped to it, and a position inside a character is its start.

use base::{LineCol, LineIndex, SourceRange};
use ropey::Rope;
use tower_lsp::lsp_types::{InitializeParams, Position, PositionEncodingKind, Range};

/// What `Position::character` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PositionEncoding {
    /// Bytes.
    Utf8,
    /// What every client can do, and the default of the protocol.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl PositionEncoding {
    /// The cheapest one that the client offers.
    pub(crate) fn negotiate(params: &InitializeParams) -> Self {
        let offered = params
            .capabilities
            .general
            .as_ref()
            .and_then(|general| general.position_encodings.as_deref())
            .unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32)
            && !offered.contains(&PositionEncodingKind::UTF16)
        {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// The offset of a position in an indexed text.
    pub(crate) fn offset(self, index: &LineIndex, text: &str, at: Position) -> u32 {
        let wanted = LineCol {
            line: at.line,
            col: at.character,
        };
        let offset = match self {
            Self::Utf8 => index.offset(wanted),
            Self::Utf16 => index.offset_utf16(text, wanted),
            Self::Utf32 => {
                let line = Self::line_text(index, text, at.line);
                let start = index.offset(LineCol {
                    line: at.line,
                    col: 0,
                });
                let within = line.char_indices().nth(at.character as usize);
                start + within.map_or(line.len(), |(byte, _)| byte) as u32
            }
        };
        char_start(text, offset)
    }

    /// The position of an offset in an indexed text.
    pub(crate) fn position(self, index: &LineIndex, text: &str, offset: u32) -> Position {
        let offset = char_start(text, offset);
        let at = match self {
            Self::Utf8 => index.line_col(offset),
            Self::Utf16 => index.line_col_utf16(text, offset),
            Self::Utf32 => {
                let at = index.line_col(offset);
                let before = text.get((offset - at.col) as usize..offset as usize);
                LineCol {
                    line: at.line,
                    col: before.unwrap_or("").chars().count() as u32,
                }
            }
        };
        Position::new(at.line, at.col)
    }

    pub(crate) fn range(self, index: &LineIndex, text: &str, range: SourceRange) -> Range {
        Range {
            start: self.position(index, text, range.start),
            end: self.position(index, text, range.end),
        }
    }

    /// What `Position::character` grows by over a text.
    pub(crate) fn width(self, text: &str) -> u32 {
        match self {
            Self::Utf8 => text.len() as u32,
            Self::Utf16 => text.chars().map(|c| c.len_utf16() as u32).sum(),
            Self::Utf32 => text.chars().count() as u32,
        }
    }

    /// The character index of a position in an open document.
    pub(crate) fn char_in(self, rope: &Rope, at: Position) -> usize {
        let line_idx = at.line as usize;
        if line_idx >= rope.len_lines() {
            return rope.len_chars();
        }
        let line = rope.line(line_idx);
        let column = at.character as usize;
        let within = match self {
            Self::Utf8 => line.byte_to_char(column.min(line.len_bytes())),
            Self::Utf16 => line.utf16_cu_to_char(column.min(line.len_utf16_cu())),
            Self::Utf32 => column,
        };
        rope.line_to_char(line_idx) + within.min(line.len_chars() - line_break_chars(line))
    }

    fn line_text(index: &LineIndex, text: &str, line: u32) -> String {
        let start = index.offset(LineCol { line, col: 0 });
        let end = index.offset(LineCol {
            line,
            col: u32::MAX,
        });
        SourceRange::new(start, end).of(text).to_owned()
    }
}

/// `offset`, moved left to where a character begins.
fn char_start(text: &str, offset: u32) -> u32 {
    let mut at = (offset as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}

/// How many characters the line's break has: a position on a line is never behind it.
fn line_break_chars(line: ropey::RopeSlice<'_>) -> usize {
    let mut from_end = line.chars_at(line.len_chars());
    match from_end.prev() {
        Some('\n') if from_end.prev() == Some('\r') => 2,
        Some('\n') => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "select 'é😀' as x\r\nfrom 表 -- 😀\n\nend";
    const ALL: [PositionEncoding; 3] = [
        PositionEncoding::Utf8,
        PositionEncoding::Utf16,
        PositionEncoding::Utf32,
    ];

    #[test]
    fn rope_and_index_agree_on_every_character() {
        let rope = Rope::from_str(TEXT);
        let index = LineIndex::new(TEXT);
        for encoding in ALL {
            for (nth, (offset, c)) in TEXT.char_indices().enumerate() {
                let position = encoding.position(&index, TEXT, offset as u32);
                assert_eq!(encoding.offset(&index, TEXT, position), offset as u32);
                // Between `\r` and `\n` is no position: the rope clamps it.
                if c != '\n' {
                    assert_eq!(
                        encoding.char_in(&rope, position),
                        nth,
                        "{encoding:?} {offset}"
                    );
                }
            }
        }
    }

    #[test]
    fn clamps_what_lies_outside() {
        let rope = Rope::from_str(TEXT);
        let index = LineIndex::new(TEXT);
        for encoding in ALL {
            let far = Position::new(u32::MAX, u32::MAX);
            assert_eq!(encoding.char_in(&rope, far), rope.len_chars());
            assert_eq!(encoding.offset(&index, TEXT, far), TEXT.len() as u32);
            let behind = encoding.char_in(&rope, Position::new(1, 10_000));
            assert_eq!(rope.char(behind), '\n');
        }
    }

    #[test]
    fn a_position_inside_a_character_is_its_start() {
        let index = LineIndex::new("😀x");
        let rope = Rope::from_str("😀x");
        for (encoding, column) in [(PositionEncoding::Utf8, 2), (PositionEncoding::Utf16, 1)] {
            let inside = Position::new(0, column);
            assert_eq!(encoding.offset(&index, "😀x", inside), 0);
            assert_eq!(encoding.char_in(&rope, inside), 0);
        }
    }
}
