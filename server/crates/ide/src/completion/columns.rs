//! Names in SQL: columns of what is in scope, CTEs and aliases.

use std::sync::Arc;

use analysis::{
    columns::{column_catalog, dialect},
    resolve::{RefTarget, SourceTarget},
    sources::sources_of,
    warehouse_catalog::source_columns,
};
use base::SourceRange;
use project::node::Columns;
use sql::{CatalogColumn, Clause, ScopeAt, completion_scope_at};

use super::{CompletionKind, Offer, Offers, functions, relations, words};
use crate::{
    masked::{Masked, is_mask},
    world::{Here, World},
};

/// Offer what SQL can have at the cursor.
pub(crate) fn complete(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    let masked = Masked::new(world, here);
    let tree = sql::parse(masked.text(), dialect(world.db, here.project));
    let scope = completion_scope_at(&tree, offset, &masked);
    let replace = SourceRange::new(scope.replace.start, scope.replace.end);
    let typed = replace.of(here.text(world));
    offers.begin(typed, replace);
    add_scope(&scope, typed, offers);
    if scope.clause == Clause::Opaque || !scope.qualifier.is_empty() {
        return;
    }
    let is_upper = words::is_upper(typed, scope.is_upper_case);
    if scope.expects_relation {
        relations::complete(world, here, offers);
    }
    if scope.expects_operand {
        let after = here.text(world).get(replace.end as usize..);
        let has_bracket = after.is_some_and(|rest| rest.starts_with('('));
        functions::complete(tree.dialect(), is_upper, has_bracket, offers);
    }
    words::complete(&scope, is_upper, offers);
}

fn add_scope(scope: &ScopeAt, typed: &str, offers: &mut Offers) {
    if matches!(scope.clause, Clause::Opaque | Clause::Type) {
        return;
    }
    let is_qualified = !scope.qualifier.is_empty();
    // In `from` a column is only named by a function or a lateral join, behind its relation.
    if is_qualified || scope.clause != Clause::From {
        for column in scope.columns() {
            let offer = Offer::new(&column.name, CompletionKind::Column, 0);
            offers.add(match &column.data_type {
                Some(data_type) => offer.detail(data_type.to_string()),
                None => offer,
            });
        }
    }
    if is_qualified {
        return;
    }
    for cte in &scope.ctes {
        offers.add(Offer::new(&cte.name, CompletionKind::Cte, 1));
    }
    if scope.expects_relation {
        return;
    }
    let aliases = scope.relations.iter().filter_map(|it| it.alias.as_deref());
    // A tag without an alias has none, and what is typed now may be taken for one.
    for alias in aliases.filter(|alias| !is_mask(alias) && *alias != typed) {
        offers.add(Offer::new(alias, CompletionKind::Cte, 1));
    }
}

/// What is known of a node's columns: from its SQL or header, else what its properties declare.
pub(crate) fn columns_of_node(
    world: World<'_>,
    target: &RefTarget,
) -> Option<Arc<[CatalogColumn]>> {
    let known = column_catalog(world.db, target.file, target.slot).clone();
    known.or_else(|| Some(declared(&super::node(world, target)?.columns)))
}

/// What the warehouse or the properties say of a table's columns.
pub(crate) fn columns_of_source(
    world: World<'_>,
    target: SourceTarget,
) -> Option<Arc<[CatalogColumn]>> {
    let sources = sources_of(world.db, target.file);
    let source = sources.get(target.slot as usize)?;
    let project = target.file.project(world.db)?;
    Some(source_columns(world.db, project, source)?.columns)
}

fn declared(columns: &Columns) -> Arc<[CatalogColumn]> {
    let names = columns.values().map(|column| Arc::clone(&column.name));
    names.map(CatalogColumn::untyped).collect()
}
