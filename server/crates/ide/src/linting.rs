//! Feature: linting. What the style of a project's SQL is against, as diagnostics with fixes.
//!
//! Apart from `diagnostics`: settings are on the disk, so whoever asks brings them.

use base::{Diagnostic, Edit, FileId, FileRange, Fix, Severity};
use style::{Finding, StyleConfig, lint};

use crate::{
    Analysis, Cancellable,
    code_action::{CodeAction, fixes},
    formatting::sql_dialect,
};

impl Analysis {
    /// What the rules find in a file of SQL, by place; nothing in others.
    pub fn lint(&self, file: FileId, config: &StyleConfig) -> Cancellable<Vec<Diagnostic>> {
        self.ask_world(|world| {
            let here = world.here(file);
            let Some(here) = here.filter(|_| sql_dialect(world, file).is_some()) else {
                return Vec::new();
            };
            let found = lint(here.text(world), config);
            found.into_iter().map(|it| diagnostic(file, it)).collect()
        })
    }

    /// The fixes of what the rules find at a selection.
    pub fn lint_actions(
        &self,
        selection: FileRange,
        config: &StyleConfig,
    ) -> Cancellable<Vec<CodeAction>> {
        Ok(fixes(selection, self.lint(selection.file, config)?))
    }
}

fn diagnostic(file: FileId, finding: Finding) -> Diagnostic {
    let edits: Vec<Edit> = finding
        .fix
        .into_iter()
        .map(|(range, text)| Edit { file, range, text })
        .collect();
    let title = format!("fix {}: {}", finding.code, finding.message);
    Diagnostic {
        range: finding.range,
        severity: Severity::Info,
        code: finding.code,
        message: finding.message,
        related: Vec::new(),
        fix: (!edits.is_empty()).then_some(Fix { title, edits }),
    }
}

#[cfg(test)]
mod tests {
    use base::SourceRange;

    use super::*;
    use crate::fixture::TestProject;

    #[test]
    fn findings_have_fixes_at_their_place() {
        let project =
            TestProject::new("//- /models/a.sql\nselect 1 as id\nunion\nselect 2 as id\n");
        let file = project.file("/models/a.sql");
        let analysis = project.analysis();
        let config = StyleConfig::default();
        let found = analysis.lint(file, &config).unwrap();
        assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["AM02"]);
        let at = |offset| FileRange {
            file,
            range: SourceRange::at(offset),
        };
        assert_eq!(analysis.lint_actions(at(17), &config).unwrap().len(), 1);
        assert_eq!(analysis.lint_actions(at(2), &config).unwrap(), []);
    }
}
