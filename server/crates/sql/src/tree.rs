//! `SqlTree`: everything the text alone says, for any text.

use std::sync::Arc;

use base::RenderedRange;

use crate::ast::Statement;
use crate::dialect::Dialect;
use crate::parse::parse_tokens;
use crate::second_opinion::confirmed;
use crate::token::{Token, TokenKind, tokenize};

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqlError {
    /// The offending token; empty and at the end of the text when something is missing there.
    pub range: RenderedRange,
    /// For people: lower case, what was expected and what was found.
    pub message: String,
}

/// A parsed text: always there, however broken the text is.
#[derive(Debug, Clone)]
pub struct SqlTree {
    pub(crate) text: Arc<str>,
    pub(crate) dialect: Dialect,
    /// All tokens, whitespace and comments too: they cover the text without gap or overlap.
    pub tokens: Vec<Token>,
    /// What is wrong, in order of place.
    pub errors: Vec<SqlError>,
    pub(crate) statements: Vec<Statement>,
}

impl SqlTree {
    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dialect it was read as.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Parse `text`. Never fails: what cannot be understood is skipped, and said in `errors`.
pub fn parse(text: &str, dialect: Dialect) -> SqlTree {
    let tokens = tokenize(text, dialect);
    let significant: Vec<Token> = tokens
        .iter()
        .filter(|token| !token.is_trivia())
        .copied()
        .collect();
    let (statements, mut errors) = parse_tokens(text, &significant, dialect);
    errors.extend(
        tokens
            .iter()
            .filter(|token| token.is_unterminated)
            .map(unterminated),
    );
    errors.sort();
    let errors = confirmed(text, &significant, dialect, &statements, errors);
    SqlTree {
        text: Arc::from(text),
        dialect,
        tokens,
        errors,
        statements,
    }
}

/// A string, name or comment without an end: marked where it begins, since it swallows the rest of the text.
fn unterminated(token: &Token) -> SqlError {
    let (what, closing) = match token.kind {
        TokenKind::String => ("string", "its closing quote"),
        TokenKind::QuotedName => ("quoted name", "its closing quote"),
        _ => ("comment", "`*/`"),
    };
    SqlError {
        range: RenderedRange::new(token.range.start, token.range.start + 1),
        message: format!("expected {closing}, found the end of the text: this {what} never ends"),
    }
}
