//! `deprecated`: what dbt takes today and will not always.

use analysis::deprecations::deprecations;
use base::{Diagnostic, Severity};

use super::CheckContext;

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let all = deprecations(context.db, context.file).iter();
    // A key that is there twice, or has a new name, is a warning whoever reads it.
    let untold = all.filter(|it| {
        !matches!(
            it.event,
            "DuplicateYAMLKeysDeprecation"
                | "ConfigSourcePathDeprecation"
                | "ConfigDataPathDeprecation"
        )
    });
    found.extend(untold.map(|it| Diagnostic {
        severity: Severity::Hint,
        ..Diagnostic::warning("deprecated", it.range, it.text.clone())
    }));
}
