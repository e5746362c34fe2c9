//! The graph around a node, step by step: what it reads, what reads it, and so on.
//!
//! Each node says all of its neighbours, also those that are not in the answer, so that a client knows what it can ask
//! for next. Over what other files see of each file: typing in a model's body costs nothing here. Columns are in
//! `lineage`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use analysis::{
    Project, SourceFile,
    dag::{children, exposure_parents, exposures, parents, table_children},
    nodes::nodes_of,
    resolve::{RefTarget, SourceTarget, function_index},
    source::properties,
};
use base::{FileId, FileRange, SourceRange};
use project::{
    files::FileKind,
    node::{Exposure, ResourceType, UniqueId},
};

use crate::{
    definition::{NavigationTarget, node_name, node_target, table_target},
    lineage,
    position::FilePosition,
    selection::whole_lines,
    symbol::{Thing, node_of_file, thing_at},
    world::{Here, World},
};

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphStart {
    /// What the cursor is on; else, the node that it is in.
    Cursor(FilePosition),
    /// A node of the project that the file is part of.
    Node(FileId, String),
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphSteps {
    /// From what reads to what is read.
    pub up: usize,
    /// From what is read to what reads.
    pub down: usize,
}

/// Nodes, and the one they were found from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageGraph {
    /// The folder of the project.
    pub root: PathBuf,
    /// Where it began.
    pub focus: UniqueId,
    /// By id.
    pub nodes: Vec<GraphNode>,
}

/// A model, seed, snapshot, function, table of a source, or exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// Its id.
    pub unique_id: UniqueId,
    /// `orders`, `orders.v2`, `raw.orders`.
    pub name: String,
    /// Its kind.
    pub resource_type: ResourceType,
    /// How it is built, for what is.
    pub materialized: Option<String>,
    /// Where it is written.
    pub place: Option<FileRange>,
    /// What it reads. Sorted.
    pub parents: Vec<UniqueId>,
    /// What reads it. Sorted.
    pub children: Vec<UniqueId>,
}

/// The nodes around the one that is meant; `None` if none is.
pub(crate) fn lineage_graph(
    world: World<'_>,
    start: &GraphStart,
    steps: GraphSteps,
) -> Option<LineageGraph> {
    let (here, focus) = match start {
        GraphStart::Cursor(position) => {
            let here = world.here(position.file)?;
            (here, node_at(world, &here, position.offset)?)
        }
        GraphStart::Node(file, id) => (world.here(*file)?, UniqueId::from(id.as_str())),
    };
    let graph = Graph::new(world, here.project);
    let mut nodes = BTreeMap::new();
    graph.walk(&focus, steps.up, |it| &it.parents, &mut nodes);
    graph.walk(&focus, steps.down, |it| &it.children, &mut nodes);
    nodes.contains_key(&focus).then(|| LineageGraph {
        root: here.project.root(world.db).to_path_buf(),
        focus,
        nodes: nodes.into_values().collect(),
    })
}

/// What the cursor names, or the node whose file or entry it is in.
fn node_at(world: World<'_>, here: &Here, offset: u32) -> Option<UniqueId> {
    let found = thing_at(world, here, offset);
    if let Some(id) = found.and_then(|found| lineage::thing_id(world, &found.thing)) {
        return Some(id);
    }
    if here.kind(world) == Some(FileKind::Properties) {
        return node_of_entry(world, here, offset);
    }
    lineage::thing_id(world, &node_of_file(world, here)?)
}

/// The entry of a properties file that a cursor is in, by the name in it.
pub(crate) fn node_of_entry(world: World<'_>, here: &Here, offset: u32) -> Option<UniqueId> {
    let all = &properties(world.db, here.file).properties;
    let text = here.text(world);
    let is_here = |range: SourceRange| whole_lines(text, range).touches(offset);
    if let Some(entry) = all.exposures.iter().find(|it| is_here(it.range)) {
        let id = format!("exposure.{}.{}", here.package_name(world), entry.name.value);
        return Some(UniqueId::from(id));
    }
    let nodes = all.models.iter().chain(&all.seeds).chain(&all.snapshots);
    let of_nodes = nodes.map(|it| (it.range, it.name.range));
    let tables = all.sources.iter().flat_map(|it| &it.tables);
    let of_tables = tables.map(|it| (it.range, it.name.range));
    let of_tests = all.unit_tests.iter().map(|it| (it.range, it.model.range));
    let mut entries = of_nodes.chain(of_tables).chain(of_tests);
    let (_, name) = entries.find(|(range, _)| is_here(*range))?;
    lineage::thing_id(world, &thing_at(world, here, name.start)?.thing)
}

/// What is looked up again and again while walking.
struct Graph<'a> {
    world: World<'a>,
    project: Project,
    exposures: BTreeMap<UniqueId, (SourceFile, Arc<Exposure>)>,
    /// Exposures by what they show.
    shown_in: BTreeMap<UniqueId, BTreeSet<UniqueId>>,
}

impl<'a> Graph<'a> {
    fn new(world: World<'a>, project: Project) -> Self {
        let mut graph = Self {
            world,
            project,
            exposures: BTreeMap::new(),
            shown_in: BTreeMap::new(),
        };
        for (file, exposure) in exposures(world.db, project) {
            for parent in exposure_parents(world.db, project, &exposure) {
                let shown_in = graph.shown_in.entry(parent).or_default();
                shown_in.insert(exposure.unique_id.clone());
            }
            let id = exposure.unique_id.clone();
            graph.exposures.insert(id, (file, exposure));
        }
        graph
    }

    /// Adds what can be reached in so many steps, the beginning included.
    fn walk(
        &self,
        from: &UniqueId,
        n_steps: usize,
        next: fn(&GraphNode) -> &[UniqueId],
        nodes: &mut BTreeMap<UniqueId, GraphNode>,
    ) {
        let mut seen = BTreeSet::from([from.clone()]);
        let mut ring = vec![from.clone()];
        for n_done in 0..=n_steps {
            let mut further = Vec::new();
            for id in std::mem::take(&mut ring) {
                if !nodes.contains_key(&id)
                    && let Some(node) = self.node(&id)
                {
                    nodes.insert(id.clone(), node);
                }
                if n_done < n_steps
                    && let Some(node) = nodes.get(&id)
                {
                    further.extend(next(node).iter().cloned());
                }
            }
            ring = further
                .into_iter()
                .filter(|id| seen.insert(id.clone()))
                .collect();
            if ring.is_empty() {
                break;
            }
        }
    }

    fn node(&self, id: &UniqueId) -> Option<GraphNode> {
        if let Some((file, exposure)) = self.exposures.get(id) {
            return Some(self.of_exposure(*file, exposure));
        }
        match lineage::thing(self.world, self.project, id) {
            Some(Thing::Node(target)) => Some(self.of_node(&target)),
            Some(Thing::Table(target)) => self.of_table(id, target),
            _ => {
                let target = self.function(id)?;
                Some(self.of_node(&target))
            }
        }
    }

    /// A node that is turned off reads, too, but is no part of the project.
    fn exists(&self, id: &UniqueId) -> bool {
        self.exposures.contains_key(id)
            || lineage::thing(self.world, self.project, id).is_some()
            || self.function(id).is_some()
    }

    fn function(&self, id: &UniqueId) -> Option<RefTarget> {
        let functions = function_index(self.world.db, self.project).enabled.values();
        let mut functions = functions.flat_map(|by_package| by_package.values());
        functions.find(|it| it.unique_id == *id).cloned()
    }

    fn of_node(&self, target: &RefTarget) -> GraphNode {
        let db = self.world.db;
        let node = nodes_of(db, target.file).get(target.slot as usize);
        let materialized = node.map(|it| it.config.materialized());
        let made = node_target(self.world, target);
        GraphNode {
            unique_id: target.unique_id.clone(),
            name: made.name.clone(),
            resource_type: node.map_or(ResourceType::Model, |it| it.resource_type()),
            materialized: materialized.filter(|it| !it.is_empty()).map(str::to_owned),
            place: Some(place(&made)),
            parents: shown(parents(db, target)),
            children: self.readers(&target.unique_id, children(db, self.project, target)),
        }
    }

    fn of_table(&self, id: &UniqueId, target: SourceTarget) -> Option<GraphNode> {
        let made = table_target(self.world, target)?;
        let children = table_children(self.world.db, self.project, target);
        Some(GraphNode {
            unique_id: id.clone(),
            name: made.name.clone(),
            resource_type: ResourceType::Source,
            materialized: None,
            place: Some(place(&made)),
            parents: Vec::new(),
            children: self.readers(id, children),
        })
    }

    fn of_exposure(&self, file: SourceFile, exposure: &Exposure) -> GraphNode {
        let written = &properties(self.world.db, file).properties.exposures;
        let entry = written.iter().find(|it| it.name.value == exposure.name);
        let parents = exposure_parents(self.world.db, self.project, exposure);
        GraphNode {
            unique_id: exposure.unique_id.clone(),
            name: node_name(&exposure.unique_id).to_owned(),
            resource_type: ResourceType::Exposure,
            materialized: None,
            place: entry.map(|it| FileRange {
                file: file.id(self.world.db),
                range: it.name.range,
            }),
            parents: shown(parents),
            children: Vec::new(),
        }
    }

    fn readers(&self, id: &UniqueId, mut children: BTreeSet<UniqueId>) -> Vec<UniqueId> {
        children.extend(self.shown_in.get(id).into_iter().flatten().cloned());
        let mut children = shown(children);
        children.retain(|it| self.exists(it));
        children
    }
}

fn place(made: &NavigationTarget) -> FileRange {
    FileRange {
        file: made.file,
        range: made.focus_range,
    }
}

/// Tests and analyses make nothing that could be read, and there are many of them.
fn shown(ids: BTreeSet<UniqueId>) -> Vec<UniqueId> {
    let is_shown = |id: &UniqueId| match id.resource_type() {
        Some(
            ResourceType::Model
            | ResourceType::Seed
            | ResourceType::Snapshot
            | ResourceType::Source
            | ResourceType::Function
            | ResourceType::Exposure,
        ) => true,
        Some(_) | None => false,
    };
    ids.into_iter().filter(is_shown).collect()
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
exposures:
  - name: board
    type: dashboard
    owner: {name: me}
    depends_on: [ref('report')]
//- /seeds/names.csv
id,name
1,a
//- /tests/t.sql
select * from {{ ref('orders') }} where false
//- /models/orders.sql
select * from {{ source('raw', 'orders') }}
//- /models/daily.sql
select * from {{ ref('orders') }}
//- /models/off.sql
{{ config(enabled=false) }} select * from {{ ref('orders') }}
";

    fn check(report: &str, (up, down): (usize, usize), expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{report}"));
        let start = GraphStart::Cursor(project.cursor.unwrap());
        let steps = GraphSteps { up, down };
        let graph = project.analysis().lineage_graph(&start, steps).unwrap();
        let mut out = String::new();
        for node in graph.iter().flat_map(|it| &it.nodes) {
            let is_focus = graph.as_ref().is_some_and(|it| it.focus == node.unique_id);
            let ids = |ids: &[UniqueId]| {
                ids.iter()
                    .map(UniqueId::as_str)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            writeln!(
                out,
                "{}{} {} {} [{}] -> [{}]",
                if is_focus { "* " } else { "" },
                node.name,
                node.materialized.as_deref().unwrap_or("-"),
                node.place.map_or("?".to_owned(), |at| project.show(at)),
                ids(&node.parents),
                ids(&node.children),
            )
            .unwrap();
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn a_step_in_both_directions_from_the_file_of_the_cursor() {
        check(
            "
//- /models/report.sql
select 1 as $0one from {{ ref('orders') }} join {{ ref('names') }}
",
            (1, 1),
            &expect![[r#"
                board - /models/raw.yml:6 board [model.shop.report] -> []
                orders view /models/orders.sql:1 [source.shop.raw.orders] -> [model.shop.daily model.shop.report]
                * report view /models/report.sql:1 [model.shop.orders seed.shop.names] -> [exposure.shop.board]
                names seed /seeds/names.csv:1 [] -> [model.shop.report]
            "#]],
        );
    }

    #[test]
    fn the_ref_under_the_cursor_goes_before_the_file() {
        check(
            "
//- /models/report.sql
select * from {{ ref('ord$0ers') }}
",
            (1, 0),
            &expect![[r#"
                * orders view /models/orders.sql:1 [source.shop.raw.orders] -> [model.shop.daily model.shop.report]
                raw.orders - /models/raw.yml:4 orders [] -> [model.shop.orders]
            "#]],
        );
    }

    #[test]
    fn an_entry_in_yaml_stands_for_its_node() {
        check(
            "
//- /models/report.sql
select * from {{ ref('daily') }}
//- /models/s.yml
models:
  - name: report
    descript$0ion: Of all.
",
            (9, 0),
            &expect![[r#"
                daily view /models/daily.sql:1 [model.shop.orders] -> [model.shop.report]
                orders view /models/orders.sql:1 [source.shop.raw.orders] -> [model.shop.daily]
                * report view /models/report.sql:1 [model.shop.daily] -> [exposure.shop.board]
                raw.orders - /models/raw.yml:4 orders [] -> [model.shop.orders]
            "#]],
        );
        check(
            "
//- /models/report.sql
select * from {{ ref('daily') }}
//- /models/s.yml
exposures:
  - name: other
    ty$0pe: notebook
    owner: {name: me}
    depends_on:
      - ref('daily')
      - source('raw', 'orders')
",
            (1, 1),
            &expect![[r#"
                * other - /models/s.yml:2 other [model.shop.daily source.shop.raw.orders] -> []
                daily view /models/daily.sql:1 [model.shop.orders] -> [exposure.shop.other model.shop.report]
                raw.orders - /models/raw.yml:4 orders [] -> [exposure.shop.other model.shop.orders]
            "#]],
        );
    }

    #[test]
    fn where_no_node_is_meant_there_is_none() {
        check(
            "
//- /models/report.sql
select 1
//- /macros/m.sql
{% macro m() %}$0{% endmacro %}
",
            (1, 1),
            &expect![[r#""#]],
        );
    }
}
