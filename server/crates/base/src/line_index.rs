//! `LineIndex`: from a byte offset to a line and column, and back.

/// A place as line and column, both from 0. What the column counts depends on who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0: bytes, or UTF-16 units where a method says so.
    pub col: u32,
}

/// Where the lines of a text begin. Lines end at `\n`; a `\r` before it belongs to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    /// Offset of the first byte of each line; never empty, sorted.
    line_starts: Vec<u32>,
    len: u32,
    is_ascii: bool,
}

impl LineIndex {
    /// Index `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at as u32 + 1),
        );
        Self {
            line_starts,
            len: text.len() as u32,
            is_ascii: text.is_ascii(),
        }
    }

    /// Number of lines; a text without a line break has one.
    pub fn n_lines(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// Line and column in bytes; an offset past the end is the end.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let offset = offset.min(self.len);
        let line = self
            .line_starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.line_starts.get(line).copied().unwrap_or(0);
        LineCol {
            line: line as u32,
            col: offset - start,
        }
    }

    /// Offset of a line and a column in bytes; a column past the line's end is the line's end.
    pub fn offset(&self, at: LineCol) -> u32 {
        let Some(start) = self.line_starts.get(at.line as usize).copied() else {
            return self.len;
        };
        start.saturating_add(at.col).min(self.line_end(at.line))
    }

    /// Line and column in UTF-16 units.
    pub fn line_col_utf16(&self, text: &str, offset: u32) -> LineCol {
        let at = self.line_col(offset);
        if self.is_ascii {
            return at;
        }
        let start = (offset.min(self.len) - at.col) as usize;
        let before = text.get(start..start + at.col as usize).unwrap_or("");
        LineCol {
            line: at.line,
            col: before.chars().map(|c| c.len_utf16() as u32).sum(),
        }
    }

    /// Offset of a line and a column in UTF-16 units; inside a surrogate pair it is the character's start.
    pub fn offset_utf16(&self, text: &str, at: LineCol) -> u32 {
        let Some(start) = self.line_starts.get(at.line as usize).copied() else {
            return self.len;
        };
        if self.is_ascii {
            return self.offset(at);
        }
        let line = text
            .get(start as usize..self.line_end(at.line) as usize)
            .unwrap_or("");
        let mut units = 0;
        for (byte, c) in line.char_indices() {
            if units + c.len_utf16() as u32 > at.col {
                return start + byte as u32;
            }
            units += c.len_utf16() as u32;
        }
        start + line.len() as u32
    }

    /// Offset of the line's end, before its `\n`.
    fn line_end(&self, line: u32) -> u32 {
        self.line_starts
            .get(line as usize + 1)
            .map_or(self.len, |next| next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{LineCol, LineIndex};

    #[test]
    fn round_trips_every_offset_in_bytes_and_utf16() {
        let text = "select 'é😀' as x\r\nfrom 表\n\nend";
        let index = LineIndex::new(text);
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let offset = offset as u32;
            assert_eq!(index.offset(index.line_col(offset)), offset);
            assert_eq!(
                index.offset_utf16(text, index.line_col_utf16(text, offset)),
                offset
            );
        }
    }

    #[test]
    fn clamps_what_lies_outside() {
        let index = LineIndex::new("ab\ncd");
        assert_eq!(index.offset(LineCol { line: 0, col: 99 }), 2);
        assert_eq!(index.offset(LineCol { line: 99, col: 0 }), 5);
        assert_eq!(index.line_col(99), LineCol { line: 1, col: 2 });
    }
}
