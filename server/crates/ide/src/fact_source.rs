//! Where what is known of a column comes from, in a few words: its SQL, YAML, a seed's file; or why nobody knows.

use analysis::{
    columns::{column_catalog, output},
    rendered::rendered,
    resolve::RefTarget,
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
        Thing::Table(_) => Err("a table of the warehouse, which was not asked"),
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
    let of_sql = output(db, file, node.slot);
    let mut columns = of_sql.columns.iter();
    if columns.any(|it| it.name.eq_ignore_ascii_case(name)) {
        return Ok("inferred from SQL, which may have more columns");
    }
    if part.is_some_and(analysis::rendered::RenderedSql::is_tainted) {
        return Err("what only the warehouse knows has a say in its SQL");
    }
    Err("its SQL reads columns that are not known")
}

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
}
