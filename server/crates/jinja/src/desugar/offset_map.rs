//! `OffsetMap`: from offsets in a text that was edited to offsets in the file.

use base::SourceRange;

/// Where the edits are. Between them the text is the file's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OffsetMap {
    /// Where the text begins in the file.
    start: u32,
    /// Ranges in the edited text and in the original, in order.
    edits: Vec<(SourceRange, SourceRange)>,
}

impl OffsetMap {
    /// No edits, of a text that begins at `start` of its file.
    pub(crate) fn new(start: u32) -> Self {
        Self {
            start,
            edits: Vec::new(),
        }
    }

    /// The text at `edited` stands for the text at `original`. In order.
    pub(crate) fn push(&mut self, edited: SourceRange, original: SourceRange) {
        self.edits.push((edited, original));
    }

    /// The range in the file. A border inside an edit moves to the edit's border.
    pub(crate) fn to_source(&self, range: SourceRange) -> SourceRange {
        let start = self.offset(range.start, |original| original.start);
        let end = self.offset(range.end, |original| original.end);
        SourceRange::new(start, end)
    }

    fn offset(&self, offset: u32, edge: fn(SourceRange) -> u32) -> u32 {
        let n_before = self
            .edits
            .partition_point(|(edited, _)| edited.start < offset);
        let Some((edited, original)) = n_before.checked_sub(1).and_then(|it| self.edits.get(it))
        else {
            return self.start + offset;
        };
        if offset < edited.end {
            return self.start + edge(*original);
        }
        self.start + original.end + (offset - edited.end)
    }

    /// The stretches of `range` that are the file's own text, as pairs of an offset in the edited text and the range
    /// in the file.
    pub(crate) fn copies(&self, range: SourceRange) -> Vec<(u32, SourceRange)> {
        let mut copies = Vec::new();
        let mut done = range.start;
        for (edited, _) in &self.edits {
            if edited.end <= done && !(edited.is_empty() && edited.start == done) {
                continue;
            }
            if edited.start >= range.end {
                break;
            }
            if edited.start > done {
                copies.push(self.copy(done, edited.start));
            }
            done = edited.end.max(done);
        }
        if done < range.end {
            copies.push(self.copy(done, range.end));
        }
        copies
    }

    fn copy(&self, start: u32, end: u32) -> (u32, SourceRange) {
        // An edit that ends where the copy begins belongs before it.
        let n_before = self
            .edits
            .partition_point(|(edited, _)| edited.end <= start);
        let source = match n_before.checked_sub(1).and_then(|it| self.edits.get(it)) {
            Some((edited, original)) => self.start + original.end + (start - edited.end),
            None => self.start + start,
        };
        (start, SourceRange::new(source, source + (end - start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a[1]b` edited to `a(1)!b`, with `[` → `(` and `]` → `)!`.
    fn map() -> OffsetMap {
        let mut map = OffsetMap::new(100);
        map.push(SourceRange::new(1, 2), SourceRange::new(1, 2));
        map.push(SourceRange::new(3, 5), SourceRange::new(3, 4));
        map
    }

    #[test]
    fn maps_through_edits() {
        assert_eq!(
            map().to_source(SourceRange::new(0, 6)),
            SourceRange::new(100, 105)
        );
        assert_eq!(
            map().to_source(SourceRange::new(2, 3)),
            SourceRange::new(102, 103)
        );
        assert_eq!(
            map().to_source(SourceRange::new(4, 6)),
            SourceRange::new(103, 105)
        );
    }

    #[test]
    fn copies_leave_edits_out() {
        assert_eq!(
            map().copies(SourceRange::new(0, 6)),
            [
                (0, SourceRange::new(100, 101)),
                (2, SourceRange::new(102, 103)),
                (5, SourceRange::new(104, 105))
            ]
        );
    }
}
