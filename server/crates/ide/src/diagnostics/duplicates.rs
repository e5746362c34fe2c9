//! `duplicate-name`: two nodes, or two macros, of one name in one package.

use analysis::{
    MacroKey, Project,
    macros::{duplicate_macros, macro_definition, macro_file},
    resolve::ref_index,
};
use base::{Diagnostic, FileRange, Related, SourceRange};

use super::CheckContext;

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    nodes(context, found);
    macros(context, found);
}

fn nodes(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(project) = file.project(db) else {
        return;
    };
    let duplicates = ref_index(db, project)
        .duplicates
        .iter()
        .filter(|(second, _)| second.file == file);
    for (second, first) in duplicates {
        let name = second.unique_id.as_str().rsplit('.').next().unwrap_or("");
        let message = format!(
            "`{name}` is defined in {}, too; names must be unique in a package",
            first.file.path(db)
        );
        let mut diagnostic = Diagnostic::error("duplicate-name", SourceRange::at(0), message);
        let at = FileRange {
            file: first.file.id(db),
            range: SourceRange::at(0),
        };
        diagnostic.related.push(Related {
            at,
            message: format!("`{name}` is defined here first"),
        });
        found.push(diagnostic);
    }
}

/// Both are shown: which of the two has to go is not known.
fn macros(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    for (second, first) in duplicate_macros(db, package).iter().copied() {
        for (this, that) in [(second, first), (first, second)] {
            if this.file == file.id(db) {
                found.extend(twice(context, package.project(db), this, that));
            }
        }
    }
}

fn twice(
    context: &CheckContext<'_>,
    project: Project,
    this: MacroKey,
    that: MacroKey,
) -> Option<Diagnostic> {
    let db = context.db;
    let definition = macro_definition(db, project, this)?;
    let (other, path) = (
        macro_definition(db, project, that)?,
        macro_file(db, project, that)?.path(db),
    );
    let name = &definition.name;
    let message = format!("macro `{name}` is defined in {path}, too; rename or remove one of them");
    let mut diagnostic = Diagnostic::error("duplicate-name", definition.name_range, message);
    diagnostic.related.push(Related {
        at: FileRange {
            file: that.file,
            range: other.name_range,
        },
        message: format!("`{name}` is defined here"),
    });
    Some(diagnostic)
}
