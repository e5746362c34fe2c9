//! Where what is known of a column comes from, in a few words: its SQL, YAML, a seed's file; or why nobody knows.

use analysis::{
    columns::{column_catalog, output},
    rendered::rendered,
    resolve::{RefTarget, SourceTarget},
    sources::sources_of,
    warehouse_catalog::node_columns,
};
use project::files::FileKind;

use crate::{symbol::Thing, world::World};

/// Of the column of a node or a table. `is_described` says whether its entry in YAML has the column.
pub(crate) fn column_source(
    world: World<'_>,
    thing: &Thing,
    name: &str,
    is_described: bool,
) -> Option<String> {
    let found = match thing {
        Thing::Node(node) => of_node(world, node, name),
        Thing::Table(table) => of_table(world, *table, name),
        _ => return None,
    };
    Some(match (found, is_described) {
        (Ok(source), true) => format!("{source}, described in YAML"),
        (Ok(source), false) => source.to_owned(),
        (Err(why), true) => format!("declared in YAML; not inferred: {why}"),
        (Err(why), false) => format!("unknown: {why}"),
    })
}

/// Where a column is seen, or why it is not.
fn of_node(world: World<'_>, node: &RefTarget, name: &str) -> Result<&'static str, &'static str> {
    let (db, file) = (world.db, node.file);
    let has_it = |columns: &[sql::CatalogColumn]| {
        let mut columns = columns.iter();
        columns.any(|it| it.name.eq_ignore_ascii_case(name))
    };
    let catalog = column_catalog(db, file, node.slot).as_deref();
    match file.kind(db) {
        Some(FileKind::Seed) if catalog.is_some_and(has_it) => {
            return Ok("read from the seed's file");
        }
        Some(FileKind::Seed) => return Err("the seed's file has no such column"),
        Some(FileKind::Model | FileKind::Snapshot) => {}
        _ => return Err("its table is made by dbt"),
    }
    let of_sql = output(db, file, node.slot);
    let is_read = !of_sql.complete || file.kind(db) == Some(FileKind::Snapshot);
    let mut made = of_sql.columns.iter();
    let is_made = made.any(|it| it.name.eq_ignore_ascii_case(name));
    if is_read && !is_made && catalog.is_some_and(has_it) {
        let read = node_columns(db, file, node.slot);
        return Ok(if read.is_some_and(|it| has_it(&it)) {
            READ
        } else {
            "added by dbt to every snapshot"
        });
    }
    if file.path(db).ends_with(".py") {
        return Err("a Python model says its columns when it runs");
    }
    if let Some(columns) = catalog {
        return if has_it(columns) {
            Ok("inferred from SQL")
        } else {
            Err("its SQL has no such column")
        };
    }
    let part = rendered(db, file).get(node.slot as usize);
    if part.is_none_or(|part| part.error.is_some()) {
        return Err("its SQL cannot be rendered");
    }
    if is_made {
        return Ok("inferred from SQL, which may have more columns");
    }
    if part.is_some_and(analysis::rendered::RenderedSql::is_tainted) {
        return Err("what only the warehouse knows has a say in its SQL");
    }
    Err("its SQL reads columns that are not known")
}

/// From the warehouse, if it was asked.
fn of_table(
    world: World<'_>,
    table: SourceTarget,
    name: &str,
) -> Result<&'static str, &'static str> {
    let sources = sources_of(world.db, table.file);
    let source = sources.get(table.slot as usize);
    let project = table.file.project(world.db);
    let (Some(source), Some(project)) = (source, project) else {
        return Err(NOT_ASKED);
    };
    match project.catalog(world.db).columns(source.unique_id.as_str()) {
        Some(columns) if columns.iter().any(|it| it.name.eq_ignore_ascii_case(name)) => Ok(READ),
        Some(_) => Err("the warehouse's table had no such column when it was read"),
        None => Err(NOT_ASKED),
    }
}

const READ: &str = "read from the warehouse";
const NOT_ASKED: &str = "a table of the warehouse, which was not asked";

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::TestProject;

    #[test]
    fn the_source_of_a_fact_is_told() {
        let told = |model: &str, column: &str| {
            let project = TestProject::new(&format!(
                "
//- /seeds/raw.csv
id
1
//- /models/plain.sql
select 1 as id
//- /models/asking.sql
{{% set rows = run_query('select 1') %}}select {{{{ rows }}}}
//- /models/open.sql
select *, 1 as one from {{{{ source('s', 't') }}}}
//- /models/python.py
def model(dbt, session): return None
//- /models/s.yml
sources: [{{name: s, tables: [{{name: t}}]}}]
models:
  - {{name: plain, columns: [{{name: id}}]}}
  - {{name: python, columns: [{{name: id}}]}}
  - {{name: asking, columns: [{{name: id}}]}}
  - {{name: open, columns: [{{name: one}}, {{name: two}}]}}
//- /models/reader.sql
select x.{column}$0 from {{{{ {model} }}}} as x
"
            ));
            let found = project.analysis().hover(project.cursor.unwrap()).unwrap();
            let shown = found.map(|it| it.markdown).unwrap_or_default();
            shown.lines().last().unwrap_or_default().to_owned() + "\n"
        };
        let all = [
            told("ref('raw')", "id"),
            told("ref('plain')", "id"),
            told("ref('open')", "one"),
            told("ref('open')", "two"),
            told("ref('asking')", "id"),
            told("ref('python')", "id"),
            told("source('s', 't')", "id"),
        ];
        expect![[r#"
            *read from the seed's file*
            *inferred from SQL, described in YAML*
            *inferred from SQL, which may have more columns, described in YAML*
            *declared in YAML; not inferred: its SQL reads columns that are not known*
            *declared in YAML; not inferred: what only the warehouse knows has a say in its SQL*
            *declared in YAML; not inferred: a Python model says its columns when it runs*
            *unknown: a table of the warehouse, which was not asked*
        "#]]
        .assert_eq(&all.concat());
    }

    #[test]
    fn what_the_warehouse_said_is_told_as_such() {
        let fixture = |column: &str| {
            format!(
                "
//- /models/s.yml
sources: [{{name: s, tables: [{{name: t, columns: [{{name: id, description: The number.}}]}}]}}]
//- /models/asking.sql
{{% set rows = run_query('select 1') %}}select {{{{ rows }}}}
//- /models/through.sql
select * from {{{{ source('s', 't') }}}}
//- /models/reader.sql
select {column}$0 from {{{{ source('s', 't') }}}} as x, {{{{ ref('asking') }}}} as y, {{{{ ref('through') }}}} as z
"
            )
        };
        let told = |column: &str| {
            let mut project = TestProject::new(&fixture(column));
            project.read_catalog(
                r#"{"nodes": {"model.shop.asking": {"columns": {"n": {"name": "n", "type": "BIGINT", "index": 1}}}},
                "sources": {"source.shop.s.t": {"columns": {"id": {"name": "id", "type": "DOUBLE", "index": 1}}}}}"#,
            );
            let found = project.analysis().hover(project.cursor.unwrap()).unwrap();
            let shown = found.map(|it| it.markdown).unwrap_or_default();
            let shown: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
            shown.join(" / ") + "\n"
        };
        expect![[r#"
            **column** `id` DOUBLE of `s.t` / The number. / *read from the warehouse, described in YAML*
            **column** `n` BIGINT of `asking` / *read from the warehouse*
            **column** `id` DOUBLE of `through` / from `s.t.id` / *inferred from SQL*
        "#]].assert_eq(&[told("x.id"), told("y.n"), told("z.id")].concat());
    }

    #[test]
    fn a_snapshot_has_the_columns_of_its_query_and_those_that_dbt_adds() {
        let told = |column: &str| {
            let project = TestProject::new(&format!(
                "
//- /models/orders.sql
select 1 as id
//- /snapshots/snap.sql
{{% snapshot snap %}}{{{{ config(unique_key='id', strategy='check', check_cols='all', hard_deletes='new_record', snapshot_meta_column_names={{'dbt_valid_to': 'gone_at'}}) }}}}select id from {{{{ ref('orders') }}}}{{% endsnapshot %}}
//- /models/reader.sql
select x.{column}$0, y.nope from {{{{ ref('snap') }}}} as x, (select * from {{{{ ref('snap') }}}}) as y
"
            ));
            // It may have kept columns that its query had once.
            assert_eq!(project.rendered_diagnostics(), "");
            let found = project.analysis().hover(project.cursor.unwrap()).unwrap();
            let shown = found.map(|it| it.markdown).unwrap_or_default();
            let shown: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
            shown.join(" / ") + "\n"
        };
        expect![[r#"
            **column** `id` INTEGER of `snap` / from `orders.id` / *inferred from SQL*
            **column** `dbt_scd_id` VARCHAR of `snap` / *added by dbt to every snapshot*
            **column** `gone_at` of `snap` / *added by dbt to every snapshot*
            **column** `dbt_is_deleted` VARCHAR of `snap` / *added by dbt to every snapshot*
        "#]]
        .assert_eq(
            &["id", "dbt_scd_id", "gone_at", "dbt_is_deleted"]
                .map(told)
                .concat(),
        );
    }
}
