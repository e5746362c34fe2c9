//! The columns of one node, as a client that draws the graph shows them under it.
//!
//! Where they come from is in `column_graph`.

use analysis::sources::sources_of;
use base::FileId;
use project::node::{Columns, UniqueId};

use crate::{
    column_graph::GraphColumn,
    completion,
    lineage::{ColumnId, column_place, node_lineage, thing},
    symbol::Thing,
    world::World,
};

/// What is known of a node's columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeColumns {
    /// In the node's order.
    pub columns: Vec<GraphColumn>,
    /// False when there may be more.
    pub is_complete: bool,
}

/// The columns of a node or of a source's table in the project that the file is part of; `None` for what has none.
pub(crate) fn node_columns(world: World<'_>, file: FileId, id: &str) -> Option<NodeColumns> {
    let project = world.here(file)?.project;
    let id = UniqueId::from(id);
    let mut found = match thing(world, project, &id)? {
        Thing::Node(target) => {
            let lineage = node_lineage(world, project, &target);
            let made = lineage.columns.into_iter().map(|column| GraphColumn {
                id: ColumnId {
                    node: id.clone(),
                    column: column.name,
                },
                data_type: column.data_type,
                confidence: Some(column.confidence),
                place: None,
            });
            let made: Vec<GraphColumn> = made.collect();
            // Of a Python model, or of SQL that does not parse now, the properties may say something.
            if made.is_empty() && !lineage.is_complete {
                declared(&id, &completion::node(world, &target)?.columns)
            } else {
                NodeColumns {
                    columns: made,
                    is_complete: lineage.is_complete,
                }
            }
        }
        Thing::Table(target) => {
            let sources = sources_of(world.db, target.file);
            declared(&id, &sources.get(target.slot as usize)?.columns)
        }
        _ => return None,
    };
    for column in &mut found.columns {
        column.place = column_place(world, project, &column.id);
    }
    Some(found)
}

/// Nobody has to write all of them down.
fn declared(node: &UniqueId, columns: &Columns) -> NodeColumns {
    let columns = columns.values().map(|column| GraphColumn {
        id: ColumnId {
            node: node.clone(),
            column: column.name.clone(),
        },
        data_type: column.data_type.as_deref().map(str::to_owned),
        confidence: None,
        place: None,
    });
    NodeColumns {
        columns: columns.collect(),
        is_complete: false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    #[track_caller]
    fn check(fixture: &str, id: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let file = project.cursor.unwrap().file;
        let found = project.analysis().node_columns(file, id).unwrap();
        let mut shown = String::new();
        if let Some(found) = found {
            writeln!(shown, "complete: {}", found.is_complete).unwrap();
            for column in &found.columns {
                let data_type = column.data_type.as_deref().unwrap_or("?");
                let confidence = column.confidence.map_or("declared", sql::Confidence::name);
                let place = column.place.map(|it| project.show(it)).unwrap_or_default();
                let name = &column.id.column;
                writeln!(shown, "{name} {data_type} {confidence} {place}").unwrap();
            }
        }
        expected.assert_eq(&shown);
    }

    const SHOP: &str = "
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id}, {name: cents, data_type: int}]
models:
  - name: fancy
    columns: [{name: score, data_type: double}]
//- /models/stg_orders.sql
select id, cents / 100.0 as Amount, missing as guess from {{ source('raw', 'orders') }}$0
//- /models/totals.sql
select *, count(*) over () as n from {{ ref('stg_orders') }}
//- /models/fancy.py
def model(dbt, session):
    return session.sql('select 1 as score')
";

    #[test]
    fn columns_of_a_model_in_its_order_with_types_and_places() {
        check(
            SHOP,
            "model.shop.stg_orders",
            &expect![[r#"
            complete: true
            id ? certain /models/stg_orders.sql:1 id
            Amount DOUBLE certain /models/stg_orders.sql:1 Amount
            guess ? unknown /models/stg_orders.sql:1 guess
        "#]],
        );
        check(
            SHOP,
            "model.shop.totals",
            &expect![[r#"
            complete: true
            id ? certain /models/totals.sql:1 *
            Amount DOUBLE certain /models/totals.sql:1 *
            guess ? certain /models/totals.sql:1 *
            n BIGINT certain /models/totals.sql:1 n
        "#]],
        );
    }

    #[test]
    fn what_is_only_declared_may_not_be_all() {
        check(
            SHOP,
            "source.shop.raw.orders",
            &expect![[r#"
            complete: false
            id ? declared /models/raw.yml:5 id
            cents int declared /models/raw.yml:5 cents
        "#]],
        );
        check(
            SHOP,
            "model.shop.fancy",
            &expect![[r#"
            complete: false
            score double declared /models/fancy.py:1
        "#]],
        );
    }

    #[test]
    fn what_is_not_there_has_none() {
        check(SHOP, "model.shop.nothing", &expect![[""]]);
        check(SHOP, "", &expect![[""]]);
    }
}
