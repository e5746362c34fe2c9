//! Feature: a column that was renamed where it is made is renamed in all that reads it: models downstream, properties, tests
//! and rows of unit tests.
//!
//! Nobody tells what the column was called. But whoever reads the node still uses that name, which is the column of nothing
//! now, and the new one could stand in its place.

use std::collections::BTreeSet;

use analysis::{
    columns::sql_tree,
    dag::reading_files,
    nodes::nodes_of,
    resolve::RefTarget,
    whole_columns::{WholeCatalog, whole_columns},
};
use sql::{CatalogColumn, ProblemKind, symbols};

use crate::{
    code_action::{
        node_entry::Described,
        offers::{Offers, ProjectChange, RefactoringKind},
    },
    column_uses::column_at,
    rename::follow_column,
    symbol::{Thing, node_of_file},
};

/// A light bulb waits for this: of a node that everybody reads not all readers are looked at.
const MAX_READERS: usize = 20;

/// Where more is missing than this, it is no rename.
const MAX_MISSING: usize = 4;

pub(super) fn offer(offers: &mut Offers<'_>) {
    let (world, here) = (offers.world, offers.here);
    let Some(Thing::Node(node)) = node_of_file(world, &here) else {
        return;
    };
    let Some(known) = whole_columns(world.db, node.file, node.slot) else {
        return;
    };
    let Some(new) = column_at(world, &here, offers.offset()).map(|it| it.name) else {
        return;
    };
    if !has(known, &new) {
        return;
    }
    let missing = missing(offers, &node, known, &new);
    if missing.len() > MAX_MISSING {
        return;
    }
    let model = crate::definition::node_name(&node.unique_id).to_owned();
    for old in missing {
        let title = format!("Rename `{old}` to `{new}` in all that reads `{model}`");
        offers.add(RefactoringKind::QuickFix, title, |offers| {
            let found = follow_column(offers.world, offers.here.project, &node, &old, &new);
            ProjectChange::edits(found.ok()?.edits)
        });
    }
}

fn has(columns: &[CatalogColumn], name: &str) -> bool {
    columns.iter().any(|it| it.name.eq_ignore_ascii_case(name))
}

/// Names that others have for columns of the node, and that are none.
fn missing(
    offers: &Offers<'_>,
    node: &RefTarget,
    known: &[CatalogColumn],
    new: &str,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(entry) = Described::at(offers).and_then(|it| it.entry) {
        let described = entry.properties.columns.iter();
        let described = described.map(|it| it.column.name.to_string());
        found.extend(described.filter(|name| !has(known, name)));
    }
    let db = offers.world.db;
    let readers = reading_files(db, offers.here.project, node);
    for reader in readers.into_iter().take(MAX_READERS) {
        let catalog = WholeCatalog::new(db, reader);
        for slot in 0..nodes_of(db, reader).len() as u32 {
            let Some(tree) = sql_tree(db, reader, slot) else {
                continue;
            };
            for problem in symbols(&tree, &catalog).problems {
                if let ProblemKind::UnknownColumn { name, candidates } = problem.kind
                    && candidates.iter().any(|it| it.eq_ignore_ascii_case(new))
                    && !found.iter().any(|it| it.eq_ignore_ascii_case(&name))
                {
                    found.insert(name.to_string());
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::code_action::fixture::check_all;

    const SHOP: &str = "
//- /profiles.yml
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb}
//- /dbt_project.yml
name: shop
profile: shop
//- /models/copied.sql
select * from {{ ref('orders') }} where status <> ''
//- /models/counted.sql
with kept as (select id, status from {{ ref('copied') }})
select status, count(*) as n from kept group by status
//- /models/joined.sql
select o.id, o.status as state, c.id as copy
from {{ ref('orders') }} o join {{ ref('copied') }} c on c.status = o.status
//- /models/schema.yml
models:
  - name: orders
    columns:
      - name: id
      - name: status
        data_tests: [not_null]
unit_tests:
  - name: counts
    model: counted
    given:
      - input: ref('copied')
        rows: [{id: 1, status: paid}]
    expect:
      rows: [{status: paid, n: 1}]
";

    #[test]
    fn readers_follow_a_name_that_was_given_already() {
        check_all(
            &format!("{SHOP}//- /models/orders.sql\nselect 1 as id, 'paid' as phase$0\n"),
            "in all that reads",
            &expect![[r#"
                == Rename `status` to `phase` in all that reads `orders` (QuickFix)
                -- /models/copied.sql
                select * from {{ ref('orders') }} where phase <> ''
                -- /models/counted.sql
                with kept as (select id, phase from {{ ref('copied') }})
                select phase, count(*) as n from kept group by phase
                -- /models/joined.sql
                select o.id, o.phase as state, c.id as copy
                from {{ ref('orders') }} o join {{ ref('copied') }} c on c.phase = o.phase
                -- /models/schema.yml
                models:
                  - name: orders
                    columns:
                      - name: id
                      - name: phase
                        data_tests: [not_null]
                unit_tests:
                  - name: counts
                    model: counted
                    given:
                      - input: ref('copied')
                        rows: [{id: 1, phase: paid}]
                    expect:
                      rows: [{phase: paid, n: 1}]
            "#]],
        );
    }

    #[test]
    fn nothing_is_offered_where_nothing_is_missing() {
        check_all(
            &format!("{SHOP}//- /models/orders.sql\nselect 1 as id, 'paid' as status$0\n"),
            "in all that reads",
            &expect![[""]],
        );
    }
}
