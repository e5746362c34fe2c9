//! The columns around one, step by step: what it is made of, and what is made of it.
//!
//! Only the nodes on the way are looked at, so that the answer for a column costs what its surroundings cost. Which columns
//! decide over rows (filters, joins, groups) is in `lineage`, by node.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use analysis::{
    Project,
    dag::{children, table_children},
};
use base::{FileId, FileRange};
use project::node::UniqueId;
use sql::{Confidence, OriginKind};

use crate::{
    lineage::{ColumnId, NodeLineage, column_place, node_lineage, thing, thing_id},
    lineage_graph::GraphSteps,
    position::FilePosition,
    sql_names::{masked_symbols, sql_name_at},
    symbol::{Thing, described_column_at, node_of_file},
    world::{Here, World},
};

/// Which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnStart {
    /// The one under the cursor: in the SQL of a node, or in a properties file.
    Cursor(FilePosition),
    /// One of the project that the file is part of.
    Column(FileId, ColumnId),
}

/// A column is made of another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnEdge {
    /// What it is made of.
    pub from: ColumnId,
    /// The column.
    pub to: ColumnId,
    /// How.
    pub kind: OriginKind,
}

/// A column of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphColumn {
    /// Which.
    pub id: ColumnId,
    /// Where it can be told.
    pub data_type: Option<String>,
    /// How sure that is; of tables of sources, nobody has worked it out.
    pub confidence: Option<Confidence>,
    /// Where it is written.
    pub place: Option<FileRange>,
}

/// Columns, and the one they were found from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnGraph {
    /// The folder of the project.
    pub root: PathBuf,
    /// Where it began.
    pub focus: ColumnId,
    /// Sorted.
    pub columns: Vec<GraphColumn>,
    /// Sorted.
    pub edges: Vec<ColumnEdge>,
}

/// The columns around the one that is meant; `None` where none is, or where nobody knows of it.
pub(crate) fn column_graph(
    world: World<'_>,
    start: &ColumnStart,
    steps: GraphSteps,
) -> Option<ColumnGraph> {
    let (project, asked) = match start {
        ColumnStart::Cursor(position) => {
            let here = world.here(position.file)?;
            (here.project, column_at(world, &here, position.offset)?)
        }
        ColumnStart::Column(file, column) => (world.here(*file)?.project, column.clone()),
    };
    let mut walk = Walk::new(world, project);
    let focus = walk.as_made(&asked);
    walk.up(&focus, steps.up);
    walk.down(&focus, steps.down);
    let edges: Vec<ColumnEdge> = walk.edges.iter().cloned().collect();
    let ends = edges.iter().flat_map(|edge| [&edge.from, &edge.to]);
    let ids: BTreeSet<ColumnId> = ends.chain([&focus]).cloned().collect();
    let columns: Vec<GraphColumn> = ids.into_iter().map(|id| walk.described(id)).collect();
    let is_known = |it: &GraphColumn| it.place.is_some();
    columns.iter().any(is_known).then(|| ColumnGraph {
        root: project.root(world.db).to_path_buf(),
        focus,
        columns,
        edges,
    })
}

/// Every edge that leads to a column, or away from it.
pub(crate) fn column_edges(
    world: World<'_>,
    project: Project,
    start: &ColumnId,
    steps: GraphSteps,
) -> Vec<ColumnEdge> {
    let mut walk = Walk::new(world, project);
    walk.up(start, steps.up);
    walk.down(start, steps.down);
    walk.edges.into_iter().collect()
}

/// The column that a cursor touches: of another node where it is read, of the file's own node where it is made.
fn column_at(world: World<'_>, here: &Here, offset: u32) -> Option<ColumnId> {
    let of = |thing: &Thing, name: &str| {
        Some(ColumnId {
            node: thing_id(world, thing)?,
            column: name.into(),
        })
    };
    if let Some((_, thing, name)) = described_column_at(world, here, offset) {
        return of(&thing, &name);
    }
    let found = sql_name_at(world, here, offset)?;
    if let Some((thing, name)) = found.external_column() {
        return of(thing, name);
    }
    let made = masked_symbols(world, here).columns.columns;
    let made = made.iter().find(|column| {
        let (start, end) = (column.range.start, column.range.end);
        start <= found.range.start && found.range.end <= end
    })?;
    of(&node_of_file(world, here)?, &made.name)
}

/// Columns are one whatever the case that they are written in.
type Key = (UniqueId, String);

fn key(id: &ColumnId) -> Key {
    (id.node.clone(), id.column.to_lowercase())
}

struct Walk<'a> {
    world: World<'a>,
    project: Project,
    known: BTreeMap<UniqueId, Option<Arc<NodeLineage>>>,
    edges: BTreeSet<ColumnEdge>,
}

impl<'a> Walk<'a> {
    fn new(world: World<'a>, project: Project) -> Self {
        Self {
            world,
            project,
            known: BTreeMap::new(),
            edges: BTreeSet::new(),
        }
    }

    fn lineage(&mut self, node: &UniqueId) -> Option<Arc<NodeLineage>> {
        if let Some(known) = self.known.get(node) {
            return known.clone();
        }
        let found = match thing(self.world, self.project, node) {
            Some(Thing::Node(target)) => {
                Some(Arc::new(node_lineage(self.world, self.project, &target)))
            }
            _ => None,
        };
        self.known.insert(node.clone(), found.clone());
        found
    }

    /// In the case in which its node writes it.
    fn as_made(&mut self, id: &ColumnId) -> ColumnId {
        let lineage = self.lineage(&id.node);
        let columns = lineage.iter().flat_map(|it| &it.columns);
        let mut names = columns.map(|it| &it.name);
        let made = names.find(|name| name.eq_ignore_ascii_case(&id.column));
        ColumnId {
            node: id.node.clone(),
            column: made.unwrap_or(&id.column).clone(),
        }
    }

    fn up(&mut self, start: &ColumnId, n_steps: usize) {
        self.walk(start, n_steps, |walk, at| {
            let Some(lineage) = walk.lineage(&at.0) else {
                return Vec::new();
            };
            let columns = lineage.columns.iter();
            let made = columns.filter(|it| it.name.to_lowercase() == at.1);
            made.flat_map(|column| {
                let to = ColumnId {
                    node: at.0.clone(),
                    column: column.name.clone(),
                };
                let origins = column.origins.iter();
                origins.map(move |(from, kind)| ColumnEdge {
                    from: from.clone(),
                    to: to.clone(),
                    kind: *kind,
                })
            })
            .map(|edge| (key(&edge.from), edge))
            .collect()
        });
    }

    fn down(&mut self, start: &ColumnId, n_steps: usize) {
        self.walk(start, n_steps, |walk, at| {
            let mut found = Vec::new();
            for reader in walk.readers(&at.0) {
                let Some(lineage) = walk.lineage(&reader) else {
                    continue;
                };
                for column in &lineage.columns {
                    let origins = column.origins.iter();
                    let edges = origins
                        .filter(|(from, _)| key(from) == *at)
                        .map(|(from, kind)| ColumnEdge {
                            from: from.clone(),
                            to: ColumnId {
                                node: reader.clone(),
                                column: column.name.clone(),
                            },
                            kind: *kind,
                        });
                    found.extend(edges.map(|edge| (key(&edge.to), edge)));
                }
            }
            found
        });
    }

    /// Ring by ring, each column once; a step gives edges, and where each of them leads.
    fn walk(
        &mut self,
        start: &ColumnId,
        n_steps: usize,
        step: impl Fn(&mut Self, &Key) -> Vec<(Key, ColumnEdge)>,
    ) {
        let mut seen = BTreeSet::from([key(start)]);
        let mut ring = vec![key(start)];
        let mut n_done = 0;
        while n_done < n_steps && !ring.is_empty() {
            let mut further = Vec::new();
            for at in std::mem::take(&mut ring) {
                for (next, edge) in step(self, &at) {
                    self.edges.insert(edge);
                    if seen.insert(next.clone()) {
                        further.push(next);
                    }
                }
            }
            ring = further;
            n_done += 1;
        }
    }

    fn readers(&self, node: &UniqueId) -> BTreeSet<UniqueId> {
        match thing(self.world, self.project, node) {
            Some(Thing::Node(target)) => children(self.world.db, self.project, &target),
            Some(Thing::Table(target)) => table_children(self.world.db, self.project, target),
            _ => BTreeSet::new(),
        }
    }

    fn described(&mut self, id: ColumnId) -> GraphColumn {
        let lineage = self.lineage(&id.node);
        let mut columns = lineage.iter().flat_map(|it| &it.columns);
        let column = columns.find(|it| it.name.eq_ignore_ascii_case(&id.column));
        GraphColumn {
            data_type: column.and_then(|it| it.data_type.clone()),
            confidence: column.map(|it| it.confidence),
            place: column_place(self.world, self.project, &id),
            id,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id}, {name: cents, data_type: int}]
models:
  - name: orders
    columns: [{name: amount}]
//- /models/stg_orders.sql
select id, cents / 100.0 as Amount from {{ source('raw', 'orders') }}
//- /models/orders.sql
with named as (select id, amount from {{ ref('stg_orders') }})
select id, amount from named
//- /models/totals.sql
select sum(AMOUNT) as total, count(*) as n from {{ ref('orders') }}
";

    #[track_caller]
    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let steps = GraphSteps { up: 9, down: 9 };
        let start = ColumnStart::Cursor(project.cursor.unwrap());
        let found = analysis.column_graph(&start, steps).unwrap();
        let mut shown = String::new();
        let name = |id: &ColumnId| format!("{}.{}", id.node.as_str(), id.column);
        if let Some(graph) = found {
            writeln!(shown, "{}", name(&graph.focus)).unwrap();
            for column in &graph.columns {
                let data_type = column.data_type.as_deref().unwrap_or("?");
                let place = column.place.map(|it| project.show(it));
                let place = place.unwrap_or_default();
                writeln!(shown, "  {} {data_type} {place}", name(&column.id)).unwrap();
            }
            for edge in &graph.edges {
                let (from, to) = (name(&edge.from), name(&edge.to));
                writeln!(shown, "  {from} -> {to} {:?}", edge.kind).unwrap();
            }
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_column_that_is_made_here_is_followed_both_ways() {
        let fixture = SHOP.replace("id, amount from named", "id, am$0ount from named");
        check(
            &fixture,
            &expect![[r#"
            model.shop.orders.Amount
              model.shop.orders.Amount DOUBLE /models/orders.sql:2 amount
              model.shop.stg_orders.Amount DOUBLE /models/stg_orders.sql:1 Amount
              model.shop.totals.total DOUBLE /models/totals.sql:1 total
              source.shop.raw.orders.cents ? /models/raw.yml:5 cents
              model.shop.orders.Amount -> model.shop.totals.total Aggregated
              model.shop.stg_orders.Amount -> model.shop.orders.Amount Direct
              source.shop.raw.orders.cents -> model.shop.stg_orders.Amount Transformed
        "#]],
        );
    }

    #[test]
    fn a_column_that_is_read_is_its_makers() {
        let fixture = SHOP.replace("sum(AMOUNT)", "sum(AMO$0UNT)");
        check(
            &fixture,
            &expect![[r#"
            model.shop.orders.Amount
              model.shop.orders.Amount DOUBLE /models/orders.sql:2 amount
              model.shop.stg_orders.Amount DOUBLE /models/stg_orders.sql:1 Amount
              model.shop.totals.total DOUBLE /models/totals.sql:1 total
              source.shop.raw.orders.cents ? /models/raw.yml:5 cents
              model.shop.orders.Amount -> model.shop.totals.total Aggregated
              model.shop.stg_orders.Amount -> model.shop.orders.Amount Direct
              source.shop.raw.orders.cents -> model.shop.stg_orders.Amount Transformed
        "#]],
        );
    }

    #[test]
    fn a_column_of_a_properties_file_is_its_nodes() {
        let fixture = SHOP.replace("{name: cents,", "{name: ce$0nts,");
        check(
            &fixture,
            &expect![[r#"
            source.shop.raw.orders.cents
              model.shop.orders.Amount DOUBLE /models/orders.sql:2 amount
              model.shop.stg_orders.Amount DOUBLE /models/stg_orders.sql:1 Amount
              model.shop.totals.total DOUBLE /models/totals.sql:1 total
              source.shop.raw.orders.cents ? /models/raw.yml:5 cents
              model.shop.orders.Amount -> model.shop.totals.total Aggregated
              model.shop.stg_orders.Amount -> model.shop.orders.Amount Direct
              source.shop.raw.orders.cents -> model.shop.stg_orders.Amount Transformed
        "#]],
        );
    }

    #[test]
    fn what_is_no_column_has_no_graph() {
        let fixture = SHOP.replace("from named", "from na$0med");
        check(&fixture, &expect![[""]]);
    }
}
