//! `duplicate-name`: two nodes, or two macros, of one name in one package.

use analysis::{
    macros::{macro_file, macro_index},
    resolve::ref_index,
    source::{macro_definitions, macro_names},
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

fn macros(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let (Some(package), Some(kind)) = (file.package(db), file.kind(db)) else {
        return;
    };
    if !matches!(
        kind,
        project::files::FileKind::Macro | project::files::FileKind::GenericTest
    ) {
        return;
    }
    let project = package.project(db);
    let index = macro_index(db, project);
    for (place, name) in macro_names(db, file).iter().enumerate() {
        let Some(first) = index
            .packages
            .get(package.name(db))
            .and_then(|names| names.get(name))
        else {
            continue;
        };
        if first.file == file.id(db) && first.index as usize == place {
            continue;
        }
        let (Some(definition), Some(other)) = (
            macro_definitions(db, file).get(place),
            macro_file(db, project, *first),
        ) else {
            continue;
        };
        let message = format!("macro `{name}` is defined in {}, too", other.path(db));
        found.push(Diagnostic::error(
            "duplicate-name",
            definition.name_range,
            message,
        ));
    }
}
