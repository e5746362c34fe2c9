//! Ranges of UTF-8 bytes: in a file as the user wrote it, and in the text a template rendered to.
//!
//! The two are different types so that a place in compiled SQL cannot be reported as a place in a file; the only way
//! from one to the other is a source map.

use serde::{Deserialize, Serialize};

use crate::FileId;

macro_rules! byte_range {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        pub struct $name {
            /// First byte.
            pub start: u32,
            /// One past the last byte.
            pub end: u32,
        }

        impl $name {
            /// The bytes from `start` up to `end`; an inverted pair becomes empty at `start`.
            #[must_use]
            pub fn new(start: u32, end: u32) -> Self {
                Self { start, end: end.max(start) }
            }

            /// The empty range at `offset`.
            #[must_use]
            pub fn at(offset: u32) -> Self {
                Self { start: offset, end: offset }
            }

            /// The same from `usize` offsets, as `str` methods give them.
            #[must_use]
            pub fn from_usize(start: usize, end: usize) -> Self {
                Self::new(start as u32, end as u32)
            }

            /// Length in bytes.
            pub fn len(self) -> u32 {
                self.end - self.start
            }

            /// Nothing between start and end.
            pub fn is_empty(self) -> bool {
                self.start == self.end
            }

            /// Whether `offset` is a byte of this range.
            pub fn contains(self, offset: u32) -> bool {
                self.start <= offset && offset < self.end
            }

            /// Whether a cursor at `offset` touches this range: its end counts too.
            pub fn touches(self, offset: u32) -> bool {
                self.start <= offset && offset <= self.end
            }

            /// Whether all of `other` lies within.
            pub fn covers(self, other: Self) -> bool {
                self.start <= other.start && other.end <= self.end
            }

            /// The smallest range around both.
            #[must_use]
            pub fn join(self, other: Self) -> Self {
                Self { start: self.start.min(other.start), end: self.end.max(other.end) }
            }

            /// Moved right by `by` bytes.
            #[must_use]
            pub fn shifted(self, by: u32) -> Self {
                Self { start: self.start + by, end: self.end + by }
            }

            /// The text of this range; empty where the range does not fit `text`, since a stale range must not crash.
            pub fn of(self, text: &str) -> &str {
                text.get(self.start as usize..self.end as usize).unwrap_or("")
            }
        }
    };
}

byte_range!(
    /// A range of bytes in a file as the user wrote it.
    SourceRange
);
byte_range!(
    /// A range of bytes in the text a template rendered to.
    RenderedRange
);

/// A range in a given file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileRange {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub range: SourceRange,
}
