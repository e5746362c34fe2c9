//! `missing-column`: columns in properties that the model, the seed or the source's table does not have.
//!
//! Only where all columns are known without anybody's declaration; a contract says more (`contract`).

use analysis::{
    nodes::nodes_of,
    resolve::{RefTarget, ref_index},
    source::properties,
    sources::sources_of,
    warehouse_catalog::relies_on_catalog,
    whole_columns::whole_columns,
};
use base::Diagnostic;
use project::properties::{ColumnProperties, NodeProperties, TableProperties};

use super::{CheckContext, catalog::as_of_catalog};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let all = &properties(context.db, context.file).properties;
    for entry in all.models.iter().chain(&all.seeds) {
        for (target, columns) in described(context, entry) {
            if is_contract_enforced(context, &target) {
                continue;
            }
            for column in columns {
                found.extend(missing(context, &target, column));
            }
        }
    }
    for source in &all.sources {
        for table in &source.tables {
            of_table(context, &source.name.value, table, found);
        }
    }
}

/// What the warehouse did not have when it was asked.
fn of_table(
    context: &CheckContext<'_>,
    source: &str,
    table: &TableProperties,
    found: &mut Vec<Diagnostic>,
) {
    let name = &*table.name.value;
    let mut tables = sources_of(context.db, context.file).iter();
    let known = tables
        .find(|it| *it.source_name == *source && *it.name == *name)
        .zip(context.file.project(context.db))
        .and_then(|(it, project)| project.catalog(context.db).columns(it.unique_id.as_str()));
    let Some(known) = known else { return };
    let is_known = |name: &str| known.iter().any(|it| it.name.eq_ignore_ascii_case(name));
    for column in &table.columns {
        let column_name = &*column.column.name;
        if column_name.contains('.') || is_known(column_name) {
            continue;
        }
        let message =
            format!("the table of source `{source}.{name}` has no column `{column_name}`");
        let diagnostic = Diagnostic::warning("missing-column", column.name_range, message);
        let is_described = |name: &str| {
            let mut described = table.columns.iter();
            described.any(|it| it.column.name.eq_ignore_ascii_case(name))
        };
        let candidates = known.iter().map(|it| &*it.name);
        let candidates = candidates.filter(|name| !is_described(name));
        let file = context.file.id(context.db);
        let diagnostic = diagnostic.suggesting(file, column_name, candidates);
        found.push(as_of_catalog(diagnostic, true));
    }
}

/// The nodes that an entry describes, and what it says of the columns of each.
pub(super) fn described<'a>(
    context: &CheckContext<'_>,
    entry: &'a NodeProperties,
) -> Vec<(RefTarget, Vec<&'a ColumnProperties>)> {
    let target = |name: &str| {
        let package = context.file.package(context.db)?;
        let index = ref_index(context.db, package.project(context.db));
        let by_package = index.enabled.get(name)?;
        by_package.get(package.name(context.db)).cloned()
    };
    let name = &*entry.name.value;
    if entry.versions.is_empty() {
        let columns = entry.columns.iter().collect();
        return target(name)
            .into_iter()
            .map(|target| (target, Vec::clone(&columns)))
            .collect();
    }
    let versions = entry.versions.iter();
    let versions = versions.filter_map(|version| {
        let target = target(&format!("{name}.v{}", version.version))?;
        Some((target, entry.columns_of(version).collect()))
    });
    versions.collect()
}

pub(super) fn is_contract_enforced(context: &CheckContext<'_>, target: &RefTarget) -> bool {
    let node = nodes_of(context.db, target.file).get(target.slot as usize);
    node.is_some_and(|node| node.config.is_contract_enforced())
}

fn missing(
    context: &CheckContext<'_>,
    target: &RefTarget,
    column: &ColumnProperties,
) -> Option<Diagnostic> {
    let known = whole_columns(context.db, target.file, target.slot).as_ref()?;
    let name = &*column.column.name;
    // BigQuery's fields of structs are described as `payload.kind`.
    if name.contains('.') || known.iter().any(|it| it.name.eq_ignore_ascii_case(name)) {
        return None;
    }
    let node = nodes_of(context.db, target.file).get(target.slot as usize)?;
    let version = node
        .version()
        .map_or(String::new(), |it| format!(" (v{it})"));
    let message = format!(
        "{} `{}`{version} has no column `{name}`",
        node.resource_type(),
        node.name
    );
    let diagnostic = Diagnostic::warning("missing-column", column.name_range, message);
    let described = |name: &str| {
        node.columns
            .values()
            .any(|it| it.name.eq_ignore_ascii_case(name))
    };
    let candidates = known.iter().map(|it| &*it.name);
    let candidates = candidates.filter(|name| !described(name));
    let diagnostic = diagnostic.suggesting(context.file.id(context.db), name, candidates);
    let is_of_catalog = *relies_on_catalog(context.db, target.file, target.slot);
    Some(as_of_catalog(diagnostic, is_of_catalog))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::render_diagnostics;

    fn check(fixture: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(fixture));
    }

    #[test]
    fn columns_that_are_not_there_are_warnings() {
        check(
            "
//- /seeds/countries.csv
code,name
de,Germany
//- /models/orders.sql
select 1 as id, 2 as customer_id
//- /models/all_orders.sql
select *, 1 as n from {{ ref('orders') }} join {{ ref('countries') }} on true
//- /models/orders_v2.sql
select 1 as id
//- /models/s.yml
models:
  - name: all_orders
    columns: [{name: ID}, {name: customr_id}, {name: name}, {name: n.part}]
seeds:
  - name: countries
    columns: [{name: code}, {name: names}]
",
            &expect![[r#"
                /models/s.yml
                  3:34 warning missing-column: model `all_orders` has no column `customr_id`; did you mean `customer_id`?
                  6:36 warning missing-column: seed `countries` has no column `names`; did you mean `name`?
            "#]],
        );
    }

    #[test]
    fn versions_have_columns_of_their_own() {
        check(
            "
//- /models/orders_v1.sql
select 1 as id, 2 as old
//- /models/orders_v2.sql
select 1 as id, 2 as new
//- /models/s.yml
models:
  - name: orders
    latest_version: 2
    columns: [{name: id}, {name: old}]
    versions:
      - v: 1
      - v: 2
        columns: [{include: all, exclude: [old]}, {name: new}, {name: newer}]
",
            &expect![[r#"
                /models/s.yml
                  8:71 warning missing-column: model `orders` (v2) has no column `newer`
            "#]],
        );
    }

    #[test]
    fn where_columns_are_not_known_whole_nothing_is_said() {
        check(
            "
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events, columns: [{name: id}]}]
//- /models/a.sql
select * from {{ source('raw', 'events') }}
//- /models/b.sql
select * from {{ ref('a') }}
//- /models/c.sql
{{ config(post_hook='alter table {{ this }} add column loaded_at timestamp') }} select 1 as id
//- /models/d.sql
select {{ dbt_utils_star() }} from x
//- /models/e.sql
select 1 as id,
//- /models/f.py
def model(dbt, session):
    return session
//- /models/s.yml
models:
  - {name: a, columns: [{name: more}]}
  - {name: b, columns: [{name: more}]}
  - {name: c, columns: [{name: loaded_at}]}
  - {name: d, columns: [{name: more}]}
  - {name: e, columns: [{name: more}]}
  - {name: f, columns: [{name: more}]}
",
            &expect![[r#"
                /models/d.sql
                  1:11 error unknown-macro: macro `dbt_utils_star` not found
                /models/s.yml
                  6:32 warning missing-column: model `e` has no column `more`
            "#]],
        );
    }
}
