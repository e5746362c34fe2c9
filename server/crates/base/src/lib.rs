//! What every other crate agrees on: file identities, text ranges, line indexes, the `System` boundary and diagnostics.
//!
//! Nothing here knows about dbt, SQL, templates or editors. Offsets are UTF-8 bytes; UTF-16 exists only where the
//! language server protocol is spoken.

mod diagnostic;
mod file;
mod line_index;
mod python_text;
mod range;
mod suggest;
mod system;

pub use diagnostic::{CODES, CodeInfo, Diagnostic, Edit, Fix, Related, Severity, explained};
pub use file::FileId;
pub use line_index::{LineCol, LineIndex};
pub use python_text::{python_float, write_python_repr};
pub use range::{FileRange, RenderedRange, SourceRange};
pub use suggest::{NearNames, did_you_mean, or_did_you_mean};
pub use system::{
    FileEntry, FileStamp, MemorySystem, OsSystem, Produce, System, SystemError, normalized,
};

/// A computation was given up because a newer edit made its answer worthless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled by a newer edit")]
pub struct Cancelled;
