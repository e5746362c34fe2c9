//! What becomes of a node's SQL, and of its own columns, when a column that it reads gets another name.

use std::collections::BTreeSet;

use base::RenderedRange;
use sql::{SymbolId, SymbolKind, Symbols};

use super::{BoundSql, catalog::Renamed, name_within};
use crate::column_uses::{Heirs, Name};

/// What a rename makes of the SQL.
pub(in crate::column_uses) struct After {
    pub(in crate::column_uses) text: String,
    /// Its own column has the new name.
    pub(in crate::column_uses) is_heir: bool,
    /// Why the SQL would not mean the same.
    pub(in crate::column_uses) problem: Option<String>,
}

impl BoundSql<'_> {
    /// The SQL with the new name at `ranges`, and as the name of what ends at `unnamed`.
    pub(in crate::column_uses) fn after(
        &self,
        ranges: &BTreeSet<RenderedRange>,
        unnamed: Option<RenderedRange>,
        heirs: &Heirs,
        name: Name<'_>,
    ) -> After {
        let mut edits: Vec<(RenderedRange, String)> = ranges
            .iter()
            .filter(|range| Some(**range) != unnamed)
            .filter_map(|range| {
                Some((name_within(self.text(*range), *range)?, name.new.to_owned()))
            })
            .collect();
        edits.extend(
            unnamed.map(|range| (RenderedRange::at(range.end), format!(" as {}", name.new))),
        );
        edits.sort();
        let mut text = self.tree.text().to_owned();
        for (range, new) in edits.iter().rev() {
            let range = range.start as usize..range.end as usize;
            if text.get(range.clone()).is_some() {
                text.replace_range(range, new);
            }
        }
        let tree = sql::parse(&text, self.tree.dialect());
        let catalog = Renamed {
            catalog: &self.catalog,
            heirs,
            name,
        };
        let symbols = sql::symbols(&tree, &catalog);
        let is_heir = self.is_output_renamed(&symbols, name);
        let problem = if tree.errors.len() > self.tree.errors.len() {
            Some(format!("`{}` would be no name there", name.new))
        } else {
            self.difference(&symbols, heirs, name)
        };
        After {
            text,
            is_heir,
            problem,
        }
    }

    fn is_output_renamed(&self, after: &Symbols, name: Name<'_>) -> bool {
        let before = &self.symbols.columns.columns;
        let mut pairs = before.iter().zip(&after.columns.columns);
        pairs.any(|(before, after)| {
            before.name.eq_ignore_ascii_case(name.old) && after.name.eq_ignore_ascii_case(name.new)
        })
    }

    /// What is other than before, but for the name.
    fn difference(&self, after: &Symbols, heirs: &Heirs, name: Name<'_>) -> Option<String> {
        let ids = |symbols: &Symbols| -> Vec<SymbolId> {
            symbols.references.iter().map(|it| it.symbol).collect()
        };
        let is_same_column =
            |(before, after): (&sql::Symbol, &sql::Symbol)| match (&before.kind, &after.kind) {
                (
                    SymbolKind::ExternalColumn { relation, .. },
                    SymbolKind::ExternalColumn {
                        relation: other, ..
                    },
                ) => {
                    let is_renamed = before.name.eq_ignore_ascii_case(name.old)
                        && self.catalog.is_heir(relation, heirs);
                    let wanted = if is_renamed { name.new } else { &*before.name };
                    relation == other && after.name.eq_ignore_ascii_case(wanted)
                }
                (before, after) => std::mem::discriminant(before) == std::mem::discriminant(after),
            };
        let mut symbols = self.symbols.symbols.iter().zip(&after.symbols);
        let is_same = ids(&self.symbols) == ids(after)
            && self.symbols.symbols.len() == after.symbols.len()
            && symbols.all(is_same_column)
            && self.symbols.problems.len() == after.problems.len();
        if !is_same {
            return Some(format!(
                "with `{}`, its SQL would mean something else",
                name.new
            ));
        }
        let (before, after) = (&self.symbols.columns.columns, &after.columns.columns);
        if before.len() != after.len() {
            return Some("the query would get other columns".to_owned());
        }
        let n_renamed = before
            .iter()
            .filter(|it| it.name.eq_ignore_ascii_case(name.old))
            .count();
        let is_taken = before
            .iter()
            .any(|it| it.name.eq_ignore_ascii_case(name.new));
        for (before, after) in before.iter().zip(after) {
            if before.name.eq_ignore_ascii_case(&after.name) {
                continue;
            }
            if !before.name.eq_ignore_ascii_case(name.old) {
                return Some(format!(
                    "the column `{}` has its name from it: give that a name of its own first",
                    before.name
                ));
            }
            if is_taken || n_renamed > 1 {
                return Some(format!("the query has a column `{}` already", name.new));
            }
        }
        None
    }
}
