//! The SQL that a file compiles to.

use base::Diagnostic;

/// Compiled SQL, as far as it could be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// Empty if nothing could be rendered.
    pub text: String,
    /// What went wrong, in the file; with errors the text may be partial.
    pub errors: Vec<Diagnostic>,
}
