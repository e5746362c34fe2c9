//! What the thing under the cursor is.

use base::SourceRange;

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoverResult {
    /// What it is about.
    pub range: SourceRange,
    /// Markdown.
    pub markdown: String,
}
