//! `SqlTree`: everything the text alone says, for any text.

use std::sync::Arc;

use base::RenderedRange;

use crate::dialect::Dialect;
use crate::token::{Token, tokenize};

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
    SqlTree {
        text: Arc::from(text),
        dialect,
        tokens: tokenize(text, dialect),
        errors: Vec::new(),
    }
}
