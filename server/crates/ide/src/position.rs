//! A cursor.

use base::FileId;

/// A place between two bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePosition {
    /// The file.
    pub file: FileId,
    /// Bytes before it.
    pub offset: u32,
}
