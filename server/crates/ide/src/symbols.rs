//! What a file, and what the projects, consist of.

use base::{FileRange, SourceRange};

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbolKind {
    /// A model.
    Model,
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// An analysis.
    Analysis,
    /// A source, or a table of one.
    Source,
    /// A macro.
    Macro,
    /// A test: singular, generic or unit.
    Test,
    /// An exposure.
    Exposure,
    /// A docs block.
    Doc,
    /// A group.
    Group,
    /// A variable of the project.
    Var,
    /// A column.
    Column,
    /// A CTE.
    Cte,
    /// A key of a YAML file that is none of the above.
    Key,
}

/// A symbol of a file, with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSymbol {
    /// Its name.
    pub name: String,
    /// More about it, in a few words.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: SourceRange,
    /// Its name; within `range`.
    pub selection: SourceRange,
    /// Sorted by place.
    pub children: Vec<DocumentSymbol>,
}

/// A symbol of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The package, or the source of a table.
    pub container: Option<String>,
    /// Where its name is.
    pub at: FileRange,
}
