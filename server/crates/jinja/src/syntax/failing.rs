//! What the parser does about errors: it notes the first, skips the rest of the tag, and keeps from the engine what that
//! would not survive.

use base::{Diagnostic, SourceRange};

use super::expression::Parser;
use super::token::TokenKind;

/// Links of one chain: `a.b.c`, `a | f | g`, `a ~ b ~ c`. We walk them in a loop, the engine by recursion.
const MAX_LINKS: u32 = 1_000;

/// The code of errors that the engine must not see for itself: it might not survive.
pub(crate) const LIMIT: &str = "jinja-limit";

const MAX_ERRORS: usize = 200;

impl Parser<'_> {
    /// Note an error. Of a file that is no template at all, the first are enough.
    pub(super) fn note_error(&mut self, range: SourceRange, message: impl Into<String>) {
        if self.tree.errors.len() < MAX_ERRORS {
            self.tree
                .errors
                .push(Diagnostic::error("jinja-syntax", range, message));
        }
    }

    /// Note an error and skip the rest of the tag: what follows is most likely wrong because of it.
    pub(super) fn fail(&mut self, range: SourceRange, message: impl Into<String>) {
        if self.current.kind != TokenKind::End || range != self.current.range {
            self.note_error(range, message);
        } else {
            // At the end of the text an empty range would be invisible: point at what came before.
            let before = SourceRange::from_usize(0, range.start as usize).of(self.text);
            let n_bytes = before.chars().next_back().map_or(0, char::len_utf8) as u32;
            self.note_error(
                SourceRange::new(range.start - n_bytes, range.start),
                message,
            );
        }
        while !self.is_at_end() {
            self.current = self.tokens.next();
        }
    }

    /// Note an error that keeps the template from the engine.
    pub(super) fn fail_limit(&mut self, message: &str) {
        // In any case, however many errors there are: the renderer looks for it.
        let error = Diagnostic::error(LIMIT, self.current.range, message);
        self.tree.errors.push(error);
        while !self.is_at_end() {
            self.current = self.tokens.next();
        }
    }

    /// Count a link of a chain; false where there are too many.
    pub(super) fn may_link(&mut self, n_links: &mut u32) -> bool {
        *n_links += 1;
        if *n_links > MAX_LINKS {
            self.fail_limit("expression is too long; give parts of it names with `set`");
        }
        *n_links <= MAX_LINKS
    }

    pub(super) fn fail_here(&mut self, expected: &str) {
        let range = self.current.range;
        let found = match self.current.kind {
            TokenKind::TagEnd => "the end of the tag".to_owned(),
            TokenKind::End => "the end of the template".to_owned(),
            TokenKind::Str { is_closed: false } => "a string without its closing quote".to_owned(),
            _ => format!("`{}`", self.text_of(range)),
        };
        self.fail(range, format!("expected {expected}, found {found}"));
    }

    /// The rest of the tag was skipped: no second error about the same thing.
    pub(super) fn has_failed(&self) -> bool {
        self.is_at_end()
            && self
                .tree
                .errors
                .last()
                .is_some_and(|error| error.range.end >= self.last_end)
    }
}
