//! What is written above a definition: things to do with it, and what is known about it.

use base::SourceRange;

use crate::command::Command;

/// A line above `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLens {
    /// What it is about.
    pub range: SourceRange,
    /// What is shown: "run", "3 upstream".
    pub title: String,
    /// What a click does; nothing if there is none.
    pub command: Option<Command>,
}
