//! Names in SQL: columns of what is in scope, CTEs, and models that are not `ref`ed yet.
//!
//! The SQL is read with each `{{ }}` replaced by a name of the same length, so that places in it are places in the file
//! and nothing has to be rendered; a `ref` keeps its meaning through the name.

use std::{collections::BTreeMap, sync::Arc};

use analysis::{
    columns::{column_catalog, dialect},
    facts::ref_of,
    resolve::{RefTarget, SourceTarget, source_target},
    source::template,
    sources::sources_of,
};
use base::SourceRange;
use jinja::syntax::{CallSyntax, TagKind};
use project::node::{Columns, SourceArgs};
use sql::{Catalog, CatalogColumn, Clause, RelationName, ScopeAt, completion_scope_at};

use super::{CompletionKind, Offer, Offers};
use crate::{
    symbol::node_of,
    world::{Here, World},
};

/// Offer what SQL can have at the cursor.
pub(crate) fn complete(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    let masked = Masked::new(world, here);
    let tree = sql::parse(&masked.text, dialect(world.db, here.project));
    let scope = completion_scope_at(&tree, offset, &masked);
    let replace = SourceRange::new(scope.replace.start, scope.replace.end);
    let typed = replace.of(here.text(world));
    offers.begin(typed, replace);
    add_scope(&scope, offers);
}

fn add_scope(scope: &ScopeAt, offers: &mut Offers) {
    if scope.clause == Clause::Opaque {
        return;
    }
    for column in scope.columns() {
        let offer = Offer::new(&column.name, CompletionKind::Column, 0);
        offers.add(match &column.data_type {
            Some(data_type) => offer.detail(data_type.to_string()),
            None => offer,
        });
    }
    if !scope.qualifier.is_empty() {
        return;
    }
    for cte in &scope.ctes {
        offers.add(Offer::new(&cte.name, CompletionKind::Cte, 1));
    }
    for relation in &scope.relations {
        if let Some(alias) = &relation.alias {
            offers.add(Offer::new(alias, CompletionKind::Cte, 1));
        }
    }
}

/// The CTEs, aliases and columns of a file's SQL, at their places in the file.
pub(crate) fn masked_symbols(world: World<'_>, here: &Here) -> sql::Symbols {
    let masked = Masked::new(world, here);
    let tree = sql::parse(&masked.text, dialect(world.db, here.project));
    sql::symbols(&tree, &masked)
}

/// A file's SQL with names of the same length in place of the template's tags.
struct Masked {
    text: String,
    /// What the names stand for, where it is a relation whose columns are known.
    relations: BTreeMap<usize, Arc<[CatalogColumn]>>,
}

impl Masked {
    fn new(world: World<'_>, here: &Here) -> Self {
        let template = template(world.db, here.file);
        let source = here.text(world);
        let mut text = String::with_capacity(source.len());
        let mut relations = BTreeMap::new();
        for (nth, tag) in template.tags.iter().enumerate() {
            let start = text.len() as u32;
            text.push_str(SourceRange::new(start, tag.range.start).of(source));
            let width = (tag.range.end as usize).saturating_sub(text.len());
            match tag.kind {
                TagKind::Output => {
                    text.push_str(&mask(nth, width));
                    let mut calls = template.calls.iter();
                    let call =
                        calls.find(|call| call.is_whole_output && tag.range.covers(call.range));
                    if let Some(columns) = call.and_then(|call| columns_of_call(world, here, call))
                    {
                        relations.insert(nth, columns);
                    }
                }
                TagKind::Statement | TagKind::Comment | TagKind::Verbatim => {
                    text.extend(std::iter::repeat_n(' ', width));
                }
            }
        }
        text.push_str(source.get(text.len()..).unwrap_or(""));
        Self { text, relations }
    }
}

/// A name of this length that says which tag it stands for: `j_3______`.
fn mask(nth: usize, width: usize) -> String {
    let name = format!("{PREFIX}{nth}");
    if name.len() > width {
        return "_".repeat(width);
    }
    format!("{name:_<width$}")
}

const PREFIX: &str = "j_";

fn unmask(name: &str) -> Option<usize> {
    name.strip_prefix(PREFIX)?
        .trim_end_matches('_')
        .parse()
        .ok()
}

impl Catalog for Masked {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let nth = unmask(relation.identifier())?;
        self.relations.get(&nth).cloned()
    }
}

/// The columns of what `{{ ref(...) }}` or `{{ source(...) }}` stands for.
fn columns_of_call(
    world: World<'_>,
    here: &Here,
    call: &CallSyntax,
) -> Option<Arc<[CatalogColumn]>> {
    if call.is(&["ref"]) {
        let target = node_of(world, here, &ref_of(call)?)?;
        return columns_of_node(world, &target);
    }
    if call.is(&["source"]) {
        let args = SourceArgs {
            source: call.text_arg(0)?.into(),
            table: call.text_arg(1)?.into(),
        };
        let package = here.package_name(world);
        let target = source_target(world.db, here.project, package, &args)?;
        return columns_of_source(world, target);
    }
    None
}

/// What is known of a node's columns: from its SQL or header, else what its properties declare.
pub(crate) fn columns_of_node(
    world: World<'_>,
    target: &RefTarget,
) -> Option<Arc<[CatalogColumn]>> {
    let known = column_catalog(world.db, target.file, target.slot).clone();
    known.or_else(|| Some(declared(&super::node(world, target)?.columns)))
}

/// What the properties declare of a table's columns.
pub(crate) fn columns_of_source(
    world: World<'_>,
    target: SourceTarget,
) -> Option<Arc<[CatalogColumn]>> {
    let sources = sources_of(world.db, target.file);
    Some(declared(&sources.get(target.slot as usize)?.columns))
}

fn declared(columns: &Columns) -> Arc<[CatalogColumn]> {
    let names = columns.values().map(|column| Arc::clone(&column.name));
    names.map(CatalogColumn::untyped).collect()
}

#[cfg(test)]
mod tests {
    use super::{mask, unmask};

    #[test]
    fn a_mask_has_the_length_of_the_tag_and_says_which_it_is() {
        assert_eq!(mask(3, 14), "j_3___________");
        assert_eq!(unmask(&mask(12, 14)), Some(12));
        assert_eq!(mask(1000, 4), "____");
        assert_eq!(unmask("orders"), None);
    }
}
