//! The files of a package, in parts of a fixed size.
//!
//! An index over a project is put together from what the parts say. After an edit only the part of the edited file is
//! looked at file by file; of the others it is known by their durability alone that nothing in them is new. So a keystroke
//! costs about the same in a project of ten thousand files as in one of a hundred.

use std::ops::Range;

use salsa::Database;

use crate::input::{Package, SourceFile};

/// Files in a part: about as many as there are parts of a very large project.
const LEN: usize = 128;

/// The numbers of a package's parts.
pub(crate) fn parts(db: &dyn Database, package: Package) -> Range<u32> {
    0..package.files(db).len().div_ceil(LEN) as u32
}

/// The files of a part.
pub(crate) fn files_of_part(db: &dyn Database, package: Package, part: u32) -> &[SourceFile] {
    let mut chunks = package.files(db).chunks(LEN);
    chunks.nth(part as usize).unwrap_or_default()
}
