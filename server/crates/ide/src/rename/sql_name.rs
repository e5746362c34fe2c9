//! Renaming a CTE, an alias or a window within its file.
//!
//! The edited text is read again, and must mean the same: a name that now stands for something else, or that the dialect
//! reserves, is refused rather than looked for beforehand.

use base::SourceRange;
use sql::SymbolKind;

use crate::{
    rename::{RenameRefusal, RenameTarget, Renaming, edits::Edits},
    sql_names::SqlName,
};

/// The name, if it is one that can be changed in this file alone.
pub(super) fn target(name: &SqlName<'_>) -> Renaming<Option<RenameTarget>> {
    let Some((kind, _)) = name.kind_and_name() else {
        return Ok(None);
    };
    match kind {
        SymbolKind::Cte | SymbolKind::TableAlias { .. } | SymbolKind::Window => {
            let range = without_quotes(name, name.range);
            Ok(Some(RenameTarget {
                range,
                placeholder: range.of(name.text()).to_owned(),
            }))
        }
        // Those that have a name of their own have been found before.
        SymbolKind::Column { .. } | SymbolKind::ExternalColumn { .. } => Err(RenameRefusal::new(
            "this column has no name of its own: give it one with `as`",
        )),
        SymbolKind::Relation(_) | SymbolKind::Lambda => Ok(None),
    }
}

fn without_quotes(name: &SqlName<'_>, range: SourceRange) -> SourceRange {
    let written = range.of(name.text());
    if written.len() > 1 && written.starts_with(['"', '`', '[']) {
        SourceRange::new(range.start + 1, range.end - 1)
    } else {
        range
    }
}

/// What needs no quotes.
pub(super) fn check_name(edits: &Edits<'_>) -> Renaming<()> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let is_first = |c: char| c.is_alphabetic() || c == '_';
    let is_name = edits.new.chars().all(is_word) && edits.new.chars().next().is_some_and(is_first);
    if !is_name {
        let message = format!("`{}` is no name in SQL without quotes", edits.new);
        return Err(edits.refusal(&message));
    }
    Ok(())
}

pub(super) fn rename(name: &SqlName<'_>, edits: &mut Edits<'_>) -> Renaming<()> {
    check_name(edits)?;
    let uses = name.uses().unwrap_or_default();
    let places: Vec<SourceRange> = uses
        .into_iter()
        .map(|(range, _)| without_quotes(name, range))
        .collect();
    if let Some(range) = name.named_in_tags(&edits.old) {
        let message = "a template names it, too, and cannot be followed";
        return Err(edits.refusal_at(name.here(), range, message));
    }
    if !name.stays_the_same(&places, &edits.new) {
        let message = format!(
            "with `{}`, the query would mean something else: it is taken or reserved",
            edits.new
        );
        return Err(edits.refusal(&message));
    }
    for place in places {
        let new = edits.new.clone();
        edits.write(name.here(), place, new)?;
    }
    Ok(())
}
