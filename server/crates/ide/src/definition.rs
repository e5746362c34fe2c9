//! Where the thing under the cursor is made.

use base::{FileId, SourceRange};

use crate::symbols::SymbolKind;

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NavigationTarget {
    /// The file.
    pub file: FileId,
    /// All of the definition: the whole macro, the whole entry in YAML.
    pub full_range: SourceRange,
    /// Its name, where the cursor goes.
    pub focus_range: SourceRange,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
}

/// What is under the cursor, and where it is made: several places if there are several candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name under the cursor.
    pub origin: SourceRange,
    /// Never empty.
    pub targets: Vec<NavigationTarget>,
}
