//! `sql-syntax`: errors in the SQL that a template renders to, at the place in the template that made it.

use analysis::{columns::sql_tree, rendered::rendered};
use base::Diagnostic;
use jinja::Precision;

use super::CheckContext;

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
        // Where a warehouse would have had a say, the SQL is not what would be run.
        if !part.taints.is_empty() || part.sql.trim().is_empty() {
            continue;
        }
        let Some(tree) = sql_tree(db, file, slot as u32) else {
            continue;
        };
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
}
