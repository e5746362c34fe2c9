//! `RenderError`: why a template could not be rendered, where, and through which macros it got there.

use std::sync::Arc;

use base::{Diagnostic, FileId, FileRange, Related, SourceRange};

use crate::render::host::HostErrorKind;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenderErrorKind {
    /// The template is not Jinja.
    Syntax,
    /// An undefined name, a wrong argument, `exceptions.raise_compiler_error`, an unknown ref, ...
    Compilation,
    /// Too many steps, too much output, too deep.
    Limit,
    /// The warehouse refused a query.
    Database,
    /// A newer edit or Ctrl-C; not for the user.
    Cancelled,
    /// Only a warehouse could have answered.
    Unknown,
}

impl From<HostErrorKind> for RenderErrorKind {
    fn from(kind: HostErrorKind) -> Self {
        match kind {
            HostErrorKind::Compilation => Self::Compilation,
            HostErrorKind::Database => Self::Database,
            HostErrorKind::Cancelled => Self::Cancelled,
            HostErrorKind::Unknown => Self::Unknown,
        }
    }
}

/// One step of the way to an error: in the template itself, or in a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFrame {
    /// The template's name or the macro's unique id.
    pub name: Arc<str>,
    /// Its file.
    pub file: Option<FileId>,
    /// The expression in it, if known.
    pub range: Option<SourceRange>,
}

/// A rendering that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// What kind of failure.
    pub kind: RenderErrorKind,
    /// The diagnostic's stable code.
    pub code: &'static str,
    /// What went wrong, without the place.
    pub message: String,
    /// From the outermost template inwards; the last is where it went wrong. Never empty.
    pub stack: Vec<StackFrame>,
}

impl RenderError {
    /// The place in the outermost template, where the user's editor should show it.
    pub fn range(&self) -> Option<SourceRange> {
        self.stack.first().and_then(|frame| frame.range)
    }

    /// The place where it went wrong, which may be in another file.
    pub fn innermost(&self) -> Option<FileRange> {
        let frame = self.stack.last()?;
        Some(FileRange {
            file: frame.file?,
            range: frame.range?,
        })
    }

    /// As a diagnostic of the outermost template's file, with the macros on the way as related places.
    pub fn diagnostic(&self) -> Diagnostic {
        let range = self.range().unwrap_or_default();
        let mut diagnostic = Diagnostic::error(self.code, range, self.message.clone());
        diagnostic.related = self
            .stack
            .iter()
            .skip(1)
            .filter_map(|frame| {
                let at = FileRange {
                    file: frame.file?,
                    range: frame.range?,
                };
                let message = format!("in `{}`", frame.name);
                Some(Related { at, message })
            })
            .collect();
        diagnostic
    }
}
