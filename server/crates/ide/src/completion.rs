//! What can be written at the cursor.

use base::SourceRange;

/// What kind of thing is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionKind {
    /// A model.
    Model,
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// A source, or a table of one.
    Source,
    /// A macro.
    Macro,
    /// A function of the template language or of SQL.
    Function,
    /// A variable: of the template, of the project, of the environment.
    Variable,
    /// A key of a configuration or of YAML.
    Key,
    /// A value that a key can have.
    Value,
    /// A docs block.
    Doc,
    /// A column.
    Column,
    /// A CTE.
    Cte,
    /// A keyword.
    Keyword,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    /// What is shown, and what the typed letters are compared with.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Shown beside the label: where it comes from, its type.
    pub detail: Option<String>,
    /// Markdown, for the selected item.
    pub documentation: Option<String>,
    /// What goes.
    pub replace: SourceRange,
    /// What comes. With `is_snippet`, in snippet syntax: `${1:name}`, `$0`.
    pub insert: String,
    /// Whether `insert` is a snippet.
    pub is_snippet: bool,
    /// 0 goes first; equals are sorted by label.
    pub rank: u8,
}
