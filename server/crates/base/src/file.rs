//! `FileId`: a path, interned.

/// A file by number. Who hands the numbers out also knows the path; nobody else needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);
