//! Names in SQL: columns of what is in scope, CTEs and aliases.

use std::sync::Arc;

use analysis::{
    columns::{column_catalog, dialect},
    resolve::{RefTarget, SourceTarget},
    sources::sources_of,
};
use base::SourceRange;
use project::node::Columns;
use sql::{CatalogColumn, Clause, ScopeAt, completion_scope_at};

use super::{CompletionKind, Offer, Offers};
use crate::{
    masked::Masked,
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
    let columns = &sources.get(target.slot as usize)?.columns;
    // Where none is written down, there are some all the same.
    (!columns.is_empty()).then(|| declared(columns))
}

fn declared(columns: &Columns) -> Arc<[CatalogColumn]> {
    let names = columns.values().map(|column| Arc::clone(&column.name));
    names.map(CatalogColumn::untyped).collect()
}
