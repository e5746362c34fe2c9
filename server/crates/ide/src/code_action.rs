//! What can be done at the cursor: fixes of diagnostics, and commands for editors without lenses.

use base::{Diagnostic, Edit};

use crate::command::Command;

/// Something to choose from a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAction {
    /// What is shown.
    pub title: String,
    /// What it does.
    pub effect: CodeActionEffect,
}

/// What a code action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeActionEffect {
    /// Mends a diagnostic.
    Fix {
        /// What is mended.
        diagnostic: Diagnostic,
        /// Applied together or not at all.
        edits: Vec<Edit>,
    },
    /// Has something executed.
    Command(Command),
}
