//! What is wrong only if the warehouse still has what it had when it was asked for its columns.

use base::{Diagnostic, Severity};

/// A catalog may be old, so that nothing is an error for its sake.
pub(super) fn as_of_catalog(mut diagnostic: Diagnostic, is_of_catalog: bool) -> Diagnostic {
    if is_of_catalog && matches!(diagnostic.severity, Severity::Error | Severity::Warning) {
        diagnostic.severity = Severity::Warning;
        diagnostic
            .message
            .push_str(" (with the columns that the warehouse had when it was read)");
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::TestProject;

    const CATALOG: &str = r#"{
        "nodes": {"model.shop.py": {"columns": {"made": {"name": "made", "type": "INTEGER", "index": 1}}},
            "snapshot.shop.snap": {"columns": {"dbt_scd_id": {"name": "dbt_scd_id", "type": "VARCHAR", "index": 1}}}},
        "sources": {"source.shop.raw.orders": {"columns": {
            "id": {"name": "id", "type": "INTEGER", "index": 1},
            "amount": {"name": "amount", "type": "DOUBLE", "index": 2}}}}}"#;

    #[test]
    fn what_is_known_from_the_warehouse_alone_is_never_an_error() {
        let mut project = TestProject::new(
            "
//- /models/raw.yml
sources: [{name: raw, tables: [{name: orders, columns: [{name: gone}]}, {name: other}]}]
unit_tests:
  - name: t
    model: reader
    given:
      - input: ref('stg')
        rows: [{id: 1, nope: 2}]
    expect: {rows: []}
//- /models/stg.sql
select *, amuont from {{ source('raw', 'orders') }}
//- /models/py.py
def model(dbt, session): return None
//- /models/reader.sql
select id, made, dbt_scd_id, wrong from {{ ref('stg') }} cross join {{ ref('py') }} cross join {{ ref('snap') }}
//- /models/of_others.sql
select wrong from {{ source('raw', 'other') }}
//- /models/of_sql.sql
select wrong from (select 1 as one) as t
//- /snapshots/snap.sql
{% snapshot snap %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select * from {{ source('raw', 'orders') }}{% endsnapshot %}
",
        );
        let before = project.rendered_diagnostics();
        project.read_catalog(CATALOG);
        expect![[r#"
            /models/of_sql.sql
              1:8 error unknown-column: nothing that is read here has a column `wrong`
            -- after the reading
            /models/of_sql.sql
              1:8 error unknown-column: nothing that is read here has a column `wrong`
            /models/raw.yml
              1:64 warning missing-column: the table of source `raw.orders` has no column `gone` (with the columns that the warehouse had when it was read)
              7:24 warning unit-test-column: `ref('stg')` has no column `nope`; it has id, amount, gone, amuont (with the columns that the warehouse had when it was read)
            /models/reader.sql
              1:8 warning ambiguous-column: `id` is a column of `stg` and of `snap`: write which one is meant (with the columns that the warehouse had when it was read)
              1:30 warning unknown-column: nothing that is read here has a column `wrong` (with the columns that the warehouse had when it was read)
            /models/stg.sql
              1:11 warning unknown-column: nothing that is read here has a column `amuont`; did you mean `amount`? (with the columns that the warehouse had when it was read)
        "#]].assert_eq(&format!(
            "{before}-- after the reading\n{}",
            project.rendered_diagnostics()
        ));
    }

    #[test]
    fn what_only_the_warehouse_knows_is_not_renamed() {
        let fixture = |reader: &str| {
            format!(
                "
//- /models/raw.yml
sources: [{{name: raw, tables: [{{name: orders}}]}}]
//- /models/stg.sql
select * from {{{{ source('raw', 'orders') }}}}
//- /models/py.py
def model(dbt, session): return None
//- /models/asking.sql
{{% set rows = run_query('select 1') %}}select {{{{ rows }}}}
//- /snapshots/snap.sql
{{% snapshot snap %}}{{{{ config(unique_key='id', strategy='check', check_cols='all') }}}}select id from {{{{ ref('stg') }}}}{{% endsnapshot %}}
//- /models/reader.sql
{reader}
"
            )
        };
        let mut told = String::new();
        for reader in [
            "select i$0d from {{ ref('stg') }}",
            "select i$0d from {{ source('raw', 'orders') }}",
            "select ma$0de from {{ ref('py') }}",
            "select n$0 from {{ ref('asking') }}",
            "select dbt_scd$0_id from {{ ref('snap') }}",
            "select i$0d from {{ ref('snap') }}",
        ] {
            let mut project = TestProject::new(&fixture(reader));
            let catalog = CATALOG.replacen("\"model.shop.py\"", "\"model.shop.asking\": {\"columns\": {\"n\": {\"name\": \"n\", \"type\": \"INT\", \"index\": 1}}}, \"model.shop.py\"", 1);
            project.read_catalog(&catalog);
            let found = project
                .analysis()
                .rename(project.cursor.unwrap(), "other")
                .unwrap();
            let answer = match found {
                Ok(rename) => format!("{:?}", rename.edits),
                Err(refusal) => refusal.to_string(),
            };
            told = format!("{told}{reader}: {answer}\n");
        }
        expect![[r#"
            select id from {{ ref('stg') }}: cannot rename `id`: it is a column of a table that the project only reads: it has its name in the warehouse (models/stg.sql:1)
            select id from {{ source('raw', 'orders') }}: cannot rename `id`: it is a column of a table that the project only reads: it has its name in the warehouse (models/reader.sql:1)
            select made from {{ ref('py') }}: cannot rename `made`: a Python model reads it, and nobody can tell what it makes of it (models/py.py:1)
            select n from {{ ref('asking') }}: cannot rename `n`: nobody can tell where it is made (models/asking.sql:1)
            select dbt_scd_id from {{ ref('snap') }}: cannot rename `dbt_scd_id`: nobody can tell where it is made (snapshots/snap.sql:1)
            select id from {{ ref('snap') }}: cannot rename `id`: a snapshot keeps it in the warehouse, with rows of the past (snapshots/snap.sql:1)
        "#]].assert_eq(&told.replace("$0", ""));
    }
}
