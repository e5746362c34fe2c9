//! Where the columns of a project come from, as data.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use analysis::{
    Project,
    columns::{Upstream, UpstreamCatalog, column_catalog, output},
    nodes::nodes_of,
    resolve::{RefTarget, ref_index, source_index, source_target},
    snapshot_columns::added_by_dbt,
    sources::sources_of,
};
use base::FileRange;
use project::{
    files::FileKind,
    node::{ResourceType, UniqueId},
};
use sql::{Confidence, Origin, OriginKind};

use crate::{
    sql_names::column_target,
    symbol::Thing,
    world::{Here, World},
};

/// A column of a node or of a source's table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId {
    /// The node's, or the table's, id.
    pub node: UniqueId,
    /// The column's name, as whoever makes it writes it.
    pub column: Arc<str>,
}

/// A column, and what its values are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnLineage {
    /// As the warehouse would report it.
    pub name: Arc<str>,
    /// Where it can be told.
    pub data_type: Option<String>,
    /// How sure the type and the origins are.
    pub confidence: Confidence,
    /// Of the relations that the node itself reads. Sorted.
    pub origins: Vec<(ColumnId, OriginKind)>,
}

/// The columns of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeLineage {
    /// In the order in which the node yields them.
    pub columns: Vec<ColumnLineage>,
    /// False when there may be more.
    pub is_complete: bool,
    /// Columns that decide which rows there are: of filters, joins, groups. Sorted.
    pub row_origins: Vec<ColumnId>,
}

/// Of all models, seeds and snapshots of a project.
pub(crate) fn column_lineage(
    world: World<'_>,
    project: Project,
) -> BTreeMap<UniqueId, NodeLineage> {
    let index = ref_index(world.db, project);
    let targets = index.enabled.values().flat_map(|it| it.values());
    targets
        .map(|target| {
            (
                target.unique_id.clone(),
                node_lineage(world, project, target),
            )
        })
        .collect()
}

/// Of one of them.
pub(crate) fn node_lineage(world: World<'_>, project: Project, target: &RefTarget) -> NodeLineage {
    let is_sql = match target.file.kind(world.db) {
        Some(FileKind::Model) => !target.file.path(world.db).ends_with(".py"),
        Some(FileKind::Snapshot) => true,
        _ => false,
    };
    if !is_sql {
        return of_data(world, target);
    }
    let found = output(world.db, target.file, target.slot);
    let catalog = UpstreamCatalog::new(world.db, target.file);
    let origin = |origin: &Origin| {
        let node = upstream_id(world, project, target, catalog.upstream(&origin.relation)?)?;
        Some(ColumnId {
            node,
            column: Arc::clone(&origin.column),
        })
    };
    let columns = found.columns.iter().map(|column| {
        let origins = column.origins.iter();
        ColumnLineage {
            name: Arc::clone(&column.name),
            data_type: column.data_type.as_ref().map(ToString::to_string),
            confidence: column.confidence,
            origins: origins
                .filter_map(|it| Some((origin(it)?, it.kind)))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        }
    });
    let added = added_columns(world, target);
    let row_origins: BTreeSet<ColumnId> = found.row_origins.iter().filter_map(origin).collect();
    NodeLineage {
        columns: columns.chain(added).collect(),
        is_complete: found.complete,
        row_origins: row_origins.into_iter().collect(),
    }
}

/// What dbt adds to a snapshot is made of nothing else.
fn added_columns(world: World<'_>, target: &RefTarget) -> Vec<ColumnLineage> {
    let node = nodes_of(world.db, target.file).get(target.slot as usize);
    let Some(node) = node.filter(|it| it.resource_type() == ResourceType::Snapshot) else {
        return Vec::new();
    };
    let added = added_by_dbt(node).into_iter();
    let added = added.map(|column| ColumnLineage {
        name: column.name,
        data_type: column.data_type.map(|it| it.to_string()),
        confidence: Confidence::Certain,
        origins: Vec::new(),
    });
    added.collect()
}

/// A seed's columns are made by nobody else.
fn of_data(world: World<'_>, target: &RefTarget) -> NodeLineage {
    let Some(columns) = column_catalog(world.db, target.file, target.slot) else {
        return NodeLineage::default();
    };
    let columns = columns.iter().map(|column| ColumnLineage {
        name: Arc::clone(&column.name),
        data_type: column.data_type.as_ref().map(ToString::to_string),
        confidence: Confidence::Certain,
        origins: Vec::new(),
    });
    NodeLineage {
        columns: columns.collect(),
        is_complete: true,
        row_origins: Vec::new(),
    }
}

fn upstream_id(
    world: World<'_>,
    project: Project,
    from: &RefTarget,
    upstream: &Upstream,
) -> Option<UniqueId> {
    match upstream {
        Upstream::Node(target) => Some(target.unique_id.clone()),
        Upstream::Source(args) => {
            let package = from.file.package(world.db)?;
            let target = source_target(world.db, project, package.name(world.db), args)?;
            let sources = sources_of(world.db, target.file);
            Some(sources.get(target.slot as usize)?.unique_id.clone())
        }
    }
}

/// Where a column is written: its expression in the node's SQL, its entry in YAML, else the beginning of the node.
pub(crate) fn column_place(
    world: World<'_>,
    project: Project,
    column: &ColumnId,
) -> Option<FileRange> {
    let thing = thing(world, project, &column.node)?;
    let file = match &thing {
        Thing::Node(target) => target.file,
        Thing::Table(target) => target.file,
        _ => return None,
    };
    let here = Here {
        project,
        package: file.package(world.db)?,
        file,
    };
    let target = column_target(world, &here, &thing, &column.column)?;
    Some(FileRange {
        file: target.file,
        range: target.focus_range,
    })
}

/// The node or table that an id names.
pub(crate) fn thing(world: World<'_>, project: Project, id: &UniqueId) -> Option<Thing> {
    let (_, rest) = id.as_str().split_once('.')?;
    let (package, name) = rest.split_once('.')?;
    let node = ref_index(world.db, project).enabled.get(name);
    if let Some(target) = node.and_then(|it| it.get(package))
        && target.unique_id == *id
    {
        return Some(Thing::Node(target.clone()));
    }
    let (source, table) = name.split_once('.')?;
    let tables = source_index(world.db, project).get(&(source.into(), table.into()))?;
    tables.get(package).copied().map(Thing::Table)
}

/// The id of a node or table.
pub(crate) fn thing_id(world: World<'_>, thing: &Thing) -> Option<UniqueId> {
    match thing {
        Thing::Node(target) => Some(target.unique_id.clone()),
        Thing::Table(target) => {
            let tables = sources_of(world.db, target.file);
            Some(tables.get(target.slot as usize)?.unique_id.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, path::Path};

    use expect_test::expect;

    use super::*;
    use crate::fixture::TestProject;

    #[test]
    fn columns_tell_what_they_are_made_of() {
        let project = TestProject::new(
            "
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id}, {name: cents, data_type: 'decimal(10,2)'}]
//- /seeds/names.yml
seeds: [{name: names, config: {column_types: {name: varchar(10)}}}]
//- /seeds/names.csv
id,name
1,a
//- /models/orders.sql
select id as order_id, cents, cents / 100 as amount from {{ source('raw', 'orders') }} where id > 0
//- /models/report.sql
with named as (select o.order_id, o.amount, n.name from {{ ref('orders') }} o join {{ ref('names') }} n on n.id = o.order_id)
select name, sum(amount) as total, count(*) as n from named group by name
",
        );
        let analysis = project.analysis();
        let found = analysis.column_lineage(Path::new("/")).unwrap().unwrap();
        let mut shown = String::new();
        for (id, node) in &found {
            writeln!(shown, "{} {}", id.as_str(), node.is_complete).unwrap();
            for column in &node.columns {
                let data_type = column.data_type.as_deref().unwrap_or("?");
                write!(shown, "  {} {data_type}", column.name).unwrap();
                for (origin, kind) in &column.origins {
                    write!(
                        shown,
                        " {kind:?} {}.{}",
                        origin.node.as_str(),
                        origin.column
                    )
                    .unwrap();
                }
                shown.push('\n');
            }
            for origin in &node.row_origins {
                writeln!(shown, "  rows: {}.{}", origin.node.as_str(), origin.column).unwrap();
            }
        }
        expect![[r#"
            model.shop.orders true
              order_id ? Direct source.shop.raw.orders.id
              cents DECIMAL(10,2) Direct source.shop.raw.orders.cents
              amount DOUBLE Transformed source.shop.raw.orders.cents
              rows: source.shop.raw.orders.id
            model.shop.report true
              name VARCHAR Direct seed.shop.names.name
              total DOUBLE Aggregated model.shop.orders.amount
              n BIGINT
              rows: model.shop.orders.order_id
              rows: seed.shop.names.id
              rows: seed.shop.names.name
            seed.shop.names true
              id INTEGER
              name VARCHAR
        "#]]
        .assert_eq(&shown);
        let place = |node: &str, column: &str| {
            let id = ColumnId {
                node: UniqueId::from(node),
                column: column.into(),
            };
            let found = analysis.column_place(Path::new("/"), &id).unwrap();
            found.map(|at| project.show(at)).unwrap_or_default()
        };
        assert_eq!(
            place("model.shop.orders", "amount"),
            "/models/orders.sql:1 amount"
        );
        assert_eq!(
            place("source.shop.raw.orders", "cents"),
            "/models/raw.yml:5 cents"
        );
    }

    #[test]
    fn a_model_that_adds_to_its_table_has_the_columns_of_its_first_build() {
        let project = TestProject::new(
            "
//- /models/orders.sql
{{ config(materialized='incremental') }}
select 1 as id{% if is_incremental() %} from {{ this }}{% endif %}
//- /models/probing.sql
select 1 as id{% if adapter.get_relation('a', 'b', 'c') %}, 2 as more{% endif %}
",
        );
        let analysis = project.analysis();
        let found = analysis.column_lineage(Path::new("/")).unwrap().unwrap();
        let is_complete = |id: &str| found.get(&UniqueId::from(id)).unwrap().is_complete;
        assert!(is_complete("model.shop.orders"));
        assert!(!is_complete("model.shop.probing"));
    }
}
