//! `Diagnostic`: what is wrong, where, and what to do about it.

mod codes;

pub use codes::{CODES, CodeInfo, explained};

use crate::{FileId, FileRange, SourceRange, did_you_mean};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// dbt would refuse this.
    Error,
    /// dbt would accept this, and the user would rather not have it.
    Warning,
    /// Worth knowing.
    Info,
    /// Shown unobtrusively.
    Hint,
}

/// The other end of a problem: where a name is declared twice, where the upstream broke.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Related {
    /// Where.
    pub at: FileRange,
    /// Why this place matters.
    pub message: String,
}

/// Replace `range` of `file` by `text`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// The file to change.
    pub file: FileId,
    /// What goes.
    pub range: SourceRange,
    /// What comes.
    pub text: String,
}

/// A change that makes the diagnostic go away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fix {
    /// Shown in the editor's menu: "replace by `stg_orders`".
    pub title: String,
    /// Applied together or not at all.
    pub edits: Vec<Edit>,
}

/// A problem with a place and a hint. The file is known from where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Diagnostic {
    /// Where in the file.
    pub range: SourceRange,
    /// How bad.
    pub severity: Severity,
    /// Stable, kebab-case, one a kind of problem: `unknown-ref`. All are in [`CODES`].
    pub code: &'static str,
    /// Lower case, no full stop, names the thing in backticks and says what to do.
    pub message: String,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// How to mend it, if a machine can.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error without related places or a fix.
    #[must_use]
    pub fn error(code: &'static str, range: SourceRange, message: impl Into<String>) -> Self {
        debug_assert!(explained(code).is_some(), "`{code}` is not in `CODES`");
        Self {
            range,
            severity: Severity::Error,
            code,
            message: message.into(),
            related: Vec::new(),
            fix: None,
        }
    }

    /// A warning without related places or a fix.
    #[must_use]
    pub fn warning(code: &'static str, range: SourceRange, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, range, message)
        }
    }

    /// The same with the candidate that was probably meant by `wrong`, which is what stands at the diagnostic's range.
    #[must_use]
    pub fn suggesting<'a>(
        mut self,
        file: FileId,
        wrong: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match did_you_mean(wrong, candidates) {
            Some(meant) => {
                self.message = format!("{}; did you mean `{meant}`?", self.message);
                self.with_replacement(file, meant)
            }
            None => self,
        }
    }

    /// The same with a fix that puts `text` in place of the diagnostic's range in `file`.
    #[must_use]
    pub fn with_replacement(mut self, file: FileId, text: &str) -> Self {
        let edits = vec![Edit {
            file,
            range: self.range,
            text: text.to_owned(),
        }];
        self.fix = Some(Fix {
            title: format!("replace by `{text}`"),
            edits,
        });
        self
    }
}
