//! The looks of SQL in templates: a formatter and a linter of one file's text.
//!
//! Both read a file as it is written, tags and all, and render nothing: so they know what stands where, and need no
//! project. What neither understands they leave alone.

mod clause;
mod config;
mod diff;
mod format;
mod items;
mod keyword_case;
mod layout;
mod lint;
mod meaning;
mod regions;
mod tag;
mod tree;

pub use config::{CommaPosition, Indent, LetterCase, StyleConfig};
pub use diff::{LineEdit, line_edits, unified_diff};
pub use format::{Formatted, LeftAlone, format};
pub use lint::{Finding, RULES, Rule, fixed, lint};
