//! `sql-syntax`: errors in the SQL that a template renders to, at the place in the template that made it; and what
//! else the SQL says for sure.

use analysis::{
    columns::sql_tree,
    rendered::{RenderedSql, rendered},
    whole_columns::is_of_first_run,
};
use base::Diagnostic;
use jinja::Precision;
use sql::SqlTree;

use super::{CheckContext, function_calls, sql_names};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    if file.path(db).ends_with(".py")
        || found
            .iter()
            .any(|one| one.severity == base::Severity::Error)
    {
        return;
    }
    for (slot, part) in rendered(db, file).iter().enumerate() {
        if let Some(tree) = sql_tree(db, file, slot as u32) {
            check_part(context, part, &tree, found);
        }
    }
}

/// What is wrong with the SQL of one node.
pub(crate) fn check_part(
    context: &CheckContext<'_>,
    part: &RenderedSql,
    tree: &SqlTree,
    found: &mut Vec<Diagnostic>,
) {
    // Where a warehouse would have had a say, the SQL is not what would be run.
    if !is_of_first_run(part) || part.sql.trim().is_empty() {
        return;
    }
    if tree.errors.is_empty() {
        sql_names::check(context, part, tree, found);
        function_calls::check(context, part, tree, found);
    }
    // Of a node that asks whether it is there, this is the first run.
    if !part.taints.is_empty() {
        return;
    }
    for error in &tree.errors {
        let Some((range, precision)) = part.source_map.to_source(error.range) else {
            continue;
        };
        let message = match precision {
            Precision::Exact => error.message.clone(),
            Precision::Covering => {
                format!("in the SQL that this renders to: {}", error.message)
            }
        };
        found.push(Diagnostic::error("sql-syntax", range, message));
    }
}

/// Whether what the file renders to is looked at: with errors in its template, it says nothing.
pub(crate) fn is_checked(context: &CheckContext<'_>) -> bool {
    let mut found = Vec::new();
    super::template_file(context, &mut found);
    !context.file.path(context.db).ends_with(".py")
        && !super::is_turned_off(context)
        && !super::has_errors(&found)
}
