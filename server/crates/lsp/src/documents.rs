//! The documents that the client has open: text as the user sees it, which goes before what is on disk.
//!
//! Clients are believed, not trusted: a second `didOpen` replaces, a change or close of something that is not open is
//! ignored, and a range outside of the text is clamped. Nothing here knows about projects.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use ropey::Rope;
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use crate::encoding::PositionEncoding;

/// An open document.
#[derive(Debug)]
pub(crate) struct Document {
    /// As the client spells it: what it gets back.
    pub(crate) uri: Url,
    /// What the client said last; others look at it to see whether their question is still worth an answer.
    version: Arc<AtomicI32>,
    rope: Rope,
}

impl Document {
    pub(crate) fn new(uri: Url, version: i32, text: &str) -> Self {
        Self {
            uri,
            version: Arc::new(AtomicI32::new(version)),
            rope: Rope::from_str(text),
        }
    }

    pub(crate) fn version(&self) -> i32 {
        self.version.load(Ordering::Acquire)
    }

    /// The version as it will be.
    pub(crate) fn live_version(&self) -> Arc<AtomicI32> {
        Arc::clone(&self.version)
    }

    /// The whole text in one piece.
    pub(crate) fn text(&self) -> Arc<str> {
        String::from(&self.rope).into()
    }

    /// Apply the changes of one `didChange`, each to the outcome of the one before.
    pub(crate) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: PositionEncoding,
    ) {
        let last = self.version.swap(version, Ordering::AcqRel);
        if version <= last {
            tracing::debug!(uri = %self.uri, version, last, "version does not grow");
        }
        for change in changes {
            let Some(range) = change.range else {
                self.rope = Rope::from_str(&change.text);
                continue;
            };
            let start = encoding.char_in(&self.rope, range.start);
            let end = encoding.char_in(&self.rope, range.end);
            let (start, end) = (start.min(end), start.max(end));
            self.rope.remove(start..end);
            self.rope.insert(start, &change.text);
        }
    }
}

/// All open documents that are files, by path.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(crate) fn open(&mut self, path: PathBuf, document: Document) {
        if self.open.insert(path, document).is_some() {
            tracing::warn!("document opened twice; the second text is taken");
        }
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.open.get_mut(path)
    }

    pub(crate) fn close(&mut self, path: &Path) -> Option<Document> {
        self.open.remove(path)
    }

    /// Sorted by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &Document)> {
        self.open
            .iter()
            .map(|(path, document)| (path.as_path(), document))
    }
}

#[cfg(test)]
mod tests {
    use base::LineIndex;
    use proptest::prelude::*;
    use tower_lsp::lsp_types::{Position, Range};

    use super::*;

    fn edit(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let range = Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1));
        TextDocumentContentChangeEvent {
            range: Some(range),
            range_length: None,
            text: text.to_owned(),
        }
    }

    fn check(text: &str, changes: Vec<TextDocumentContentChangeEvent>, expected: &str) {
        let uri = Url::parse("file:///p/a.sql").unwrap();
        let mut document = Document::new(uri, 1, text);
        document.change(2, changes, PositionEncoding::Utf16);
        assert_eq!(&*document.text(), expected);
        assert_eq!(document.version(), 2);
    }

    #[test]
    fn edits_apply_one_after_the_other() {
        check(
            "select 1\nfrom a",
            vec![
                edit((1, 5), (1, 6), "orders"),
                edit((0, 7), (0, 8), "id"),
                edit((1, 11), (1, 11), "\nwhere x"),
            ],
            "select id\nfrom orders\nwhere x",
        );
    }

    #[test]
    fn columns_are_utf16_units() {
        check(
            "select '😀' as a",
            vec![edit((0, 15), (0, 16), "b")],
            "select '😀' as b",
        );
    }

    #[test]
    fn inverted_and_far_ranges_are_mended() {
        check("abc", vec![edit((0, 2), (0, 1), "-")], "a-c");
        check("abc", vec![edit((9, 9), (12, 0), "d")], "abcd");
    }

    #[test]
    fn form_feeds_and_other_separators_do_not_break_lines() {
        check(
            "a\u{c}b\u{2028}c\nd",
            vec![edit((1, 0), (1, 1), "e")],
            "a\u{c}b\u{2028}c\ne",
        );
    }

    #[test]
    fn a_change_without_range_replaces_everything() {
        let whole = TextDocumentContentChangeEvent {
            range: None,
            range_length: None,
            text: "new".to_owned(),
        };
        check("old", vec![whole, edit((0, 3), (0, 3), "er")], "newer");
    }

    /// What a change does to a plain text, found by the line index.
    fn changed(text: &str, range: Range, new: &str, encoding: PositionEncoding) -> String {
        let lines = LineIndex::new(text);
        let offset = |at: Position| encoding.offset(&lines, text, at) as usize;
        let (from, to) = (offset(range.start), offset(range.end));
        let (from, to) = (from.min(to), from.max(to));
        format!("{}{new}{}", &text[..from], &text[to..])
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_edits_do_what_the_line_index_says(
            start in "[a-zé😀\n ]{0,40}",
            edits in prop::collection::vec(((0..6_u32, 0..12_u32), (0..6_u32, 0..12_u32), "[xé😀\n]{0,5}"), 0..8),
            encoding in prop::sample::select(&[PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32][..]),
        ) {
            let mut document = Document::new(Url::parse("file:///p/a.sql").unwrap(), 0, &start);
            let mut expected = start;
            for (version, (from, to, text)) in (1..).zip(edits) {
                let change = edit(from, to, &text);
                expected = changed(&expected, change.range.unwrap(), &text, encoding);
                document.change(version, vec![change], encoding);
                prop_assert_eq!(&*document.text(), expected.as_str());
            }
        }
    }
}
