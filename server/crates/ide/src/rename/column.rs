//! Renaming a column, from where it is made through all models that pass it on under its name.
//!
//! The walk (`column_uses`) says where it is named, and where it is not sure; one doubt is enough to refuse. Then each node is
//! rendered with its edits, and must come to its SQL with the other name, and nothing else: what a template makes of a text is
//! not guessed.

use analysis::{Project, resolve::RefTarget};

use crate::{
    column_uses::{AskedColumn, ColumnUses, Name, UseKind, column_uses, uses_of_renamed},
    rename::{EditNote, RenameTarget, Renaming, edits::Edits, sql_name::check_name},
    world::Here,
};

pub(super) fn target(asked: &AskedColumn) -> RenameTarget {
    RenameTarget {
        range: asked.range,
        placeholder: asked.name.clone(),
    }
}

pub(super) fn rename(here: &Here, asked: &AskedColumn, edits: &mut Edits<'_>) -> Renaming<()> {
    check_name(edits)?;
    let new = edits.new.clone();
    let dialect = analysis::columns::dialect(edits.world.db, here.project);
    if !sql::parse(&format!("select {new} from t"), dialect)
        .errors
        .is_empty()
    {
        let message = format!("`{new}` is a word of SQL");
        return Err(edits.refusal(&message));
    }
    let found = column_uses(edits.world, here, asked, &new);
    if let Some(doubt) = found.doubts.first() {
        return Err(edits.refusal_at(&doubt.there, doubt.range, &doubt.why));
    }
    for heir in found.heirs.values() {
        let columns = analysis::columns::column_catalog(edits.world.db, heir.file, heir.slot);
        let mut columns = columns.iter().flat_map(|it| it.iter());
        let is_taken = columns.any(|it| it.name.eq_ignore_ascii_case(&new));
        if is_taken && !asked.name.eq_ignore_ascii_case(&new) {
            let model = crate::definition::node_name(&heir.unique_id);
            let message = format!("`{model}` has a column `{new}` already");
            return Err(edits.refusal(&message));
        }
    }
    write(edits, &found)
}

/// The same in all that reads a node whose column has the new name already.
pub(super) fn follow(node: &RefTarget, project: Project, edits: &mut Edits<'_>) -> Renaming<()> {
    let (old, new) = (edits.old.clone(), edits.new.clone());
    let name = Name {
        old: &old,
        new: &new,
    };
    let found = uses_of_renamed(edits.world, project, node.clone(), name);
    if let Some(doubt) = found.doubts.first() {
        return Err(edits.refusal_at(&doubt.there, doubt.range, &doubt.why));
    }
    write(edits, &found)
}

fn write(edits: &mut Edits<'_>, found: &ColumnUses<'_>) -> Renaming<()> {
    let new = edits.new.clone();
    for it in found.uses() {
        let note = match it.kind {
            UseKind::Made => EditNote::Made,
            UseKind::Read => EditNote::Downstream,
            UseKind::Described => EditNote::Properties,
            UseKind::Row => EditNote::UnitTests,
        };
        let (range, text) = if it.is_unnamed {
            (base::SourceRange::at(it.range.end), format!(" as {new}"))
        } else {
            (it.range, new.clone())
        };
        edits.write_noted(&it.there, range, text, note)?;
    }
    if let Some((there, place)) = found.first_difference(|there, part| edits.applied(there, part)) {
        let message = "a template makes something else of the name there";
        return Err(edits.refusal_at(&there, place, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::rename::tests::renamed;

    fn check(fixture: &str, new_name: &str, expected: &Expect) {
        expected.assert_eq(&renamed(fixture, new_name));
    }

    const SHOP: &str = "
//- /seeds/raw_orders.csv
id,customer,amount
1,2,3
//- /models/stg_orders.sql
with source as (select * from {{ ref('raw_orders') }})
select id as order_id, customer, amount / 100 as amount from source
//- /models/orders.sql
{{ config(materialized='incremental', unique_key='order_id') }}
with o as (
  select * from {{ ref('stg_orders') }}
)
select o.order_id, sum(o.amount) as total
from o
{% if is_incremental() %} where o.order_id > (select max(order_id) from {{ this }}) {% endif %}
group by 1
//- /models/report.sql
select order_id as number, total from {{ ref('orders') }} order by order_id
//- /models/last.sql
select number from {{ ref('report') }}
//- /models/s.yml
models:
  - name: stg_orders
    columns:
      - name: order_id # order_id
        description: The order_id.
        data_tests: [unique, not_null: {config: {where: \"order_id > 0\"}}]
      - name: customer
        data_tests: [relationships: {to: ref('orders'), field: order_id}]
  - name: orders
    config: {cluster_by: [order_id, total]}
    columns: [{name: order_id, data_tests: [accepted_values: {values: [order_id]}]}]
    data_tests: [expression: {expression: \"order_id + 1 > 'order_id'\"}]
  - name: report
    columns: [{name: number}]
unit_tests:
  - name: counts
    model: orders
    given:
      - {input: ref('stg_orders'), rows: [{order_id: 1, amount: 2}]}
      - {input: this, format: csv, fixture: before}
    expect:
      format: csv
      rows: |
        order_id,total
        1,2
  - name: reports
    model: report
    given:
      - input: ref('orders')
        format: sql
        rows: |
          select 1 as order_id, 2 as total
          union all select 2 as order_id, 3
    expect: {rows: [{number: 1}]}
//- /tests/fixtures/before.csv
order_id,total
//- /tests/positive.sql
select order_id from {{ ref('orders') }} where orders.order_id < 0
//- /analyses/some.sql
select order_id from {{ ref('stg_orders') }}
";

    fn at(place: &str) -> String {
        assert!(SHOP.contains(place), "{place}");
        SHOP.replacen(place, &format!("{place}$0"), 1)
    }

    #[test]
    fn a_column_is_renamed_through_the_models_downstream() {
        check(
            &at("id as order_id"),
            "number_of_order",
            &expect![[r#"
            /analyses/some.sql: select number_of_order from {{ ref('stg_orders') }}
            /models/orders.sql: {{ config(materialized='incremental', unique_key='number_of_order') }}
            /models/orders.sql: select o.number_of_order, sum(o.amount) as total
            /models/orders.sql: {% if is_incremental() %} where o.number_of_order > (select max(number_of_order) from {{ this }}) {% endif %}
            /models/report.sql: select number_of_order as number, total from {{ ref('orders') }} order by number_of_order
            /models/s.yml: - name: number_of_order # order_id
            /models/s.yml: data_tests: [unique, not_null: {config: {where: "number_of_order > 0"}}]
            /models/s.yml: data_tests: [relationships: {to: ref('orders'), field: number_of_order}]
            /models/s.yml: config: {cluster_by: [number_of_order, total]}
            /models/s.yml: columns: [{name: number_of_order, data_tests: [accepted_values: {values: [order_id]}]}]
            /models/s.yml: data_tests: [expression: {expression: "number_of_order + 1 > 'order_id'"}]
            /models/s.yml: - {input: ref('stg_orders'), rows: [{number_of_order: 1, amount: 2}]}
            /models/s.yml: number_of_order,total
            /models/s.yml: select 1 as number_of_order, 2 as total
            /models/s.yml: union all select 2 as number_of_order, 3
            /models/stg_orders.sql: select id as number_of_order, customer, amount / 100 as amount from source
            /tests/fixtures/before.csv: number_of_order,total
            /tests/positive.sql: select number_of_order from {{ ref('orders') }} where orders.number_of_order < 0
        "#]],
        );
    }

    #[test]
    fn a_column_without_a_name_of_its_own_gets_one() {
        let models = "
//- /models/a.sql
select id, name from {{ ref('raw') }}
//- /seeds/raw.csv
id,name
//- /models/b.sql
select a.id from {{ ref('a') }} as a order by id
//- /models/s.yml
models: [{name: a, columns: [{name: id$0}]}]
";
        check(
            models,
            "key",
            &expect![[r#"
            /models/a.sql: select id as key, name from {{ ref('raw') }}
            /models/b.sql: select a.key from {{ ref('a') }} as a order by key
            /models/s.yml: models: [{name: a, columns: [{name: key}]}]
        "#]],
        );
        let upstream = "
//- /seeds/raw.csv
id,name
//- /seeds/s.yml
seeds: [{name: raw, config: {column_types: {id: bigint}}, columns: [{name: id}]}]
//- /models/a.sql
select * from {{ ref('raw') }}
//- /models/b.sql
select a.\"ID$0\" from {{ ref('a') }} as a
";
        check(
            upstream,
            "key",
            &expect![[r#"
            /models/b.sql: select a."key" from {{ ref('a') }} as a
            /seeds/raw.csv: key,name
            /seeds/s.yml: seeds: [{name: raw, config: {column_types: {key: bigint}}, columns: [{name: key}]}]
        "#]],
        );
    }

    #[test]
    fn a_column_that_is_a_field_keeps_its_value() {
        let models = "
//- /models/a.sql
select st.part from (select {'part': 1} as st) as q
//- /models/b.sql
select pa$0rt from {{ ref('a') }}
";
        check(
            models,
            "piece",
            &expect![[r#"
            /models/a.sql: select st.part as piece from (select {'part': 1} as st) as q
            /models/b.sql: select piece from {{ ref('a') }}
        "#]],
        );
    }

    #[test]
    fn texts_that_macros_make_columns_of_are_followed() {
        let models = "
//- /macros/m.sql
{% macro cents(column) %}({{ column }} / 100){% endmacro %}
{% macro key(columns) %}md5({{ columns | join(' || ') }}){% endmacro %}
//- /models/a.sql
select 1 as amou$0nt, 2 as id
//- /models/b.sql
{% set sums = ['amount', 'id'] %}
select {{ cents('amount') }} as amount, {{ key(['id', \"amount\"]) }} as key
    {% for column in sums %}, sum({{ column }}) as total_{{ loop.index }}{% endfor %}
from {{ ref('a') }}
";
        check(
            models,
            "price",
            &expect![[r#"
            /models/a.sql: select 1 as price, 2 as id
            /models/b.sql: {% set sums = ['price', 'id'] %}
            /models/b.sql: select {{ cents('price') }} as amount, {{ key(['id', "price"]) }} as key
        "#]],
        );
    }

    #[test]
    fn what_is_not_sure_is_refused() {
        let refused = |more: &str, new: &str| {
            let models = format!("//- /models/a.sql\nselect 1 as id$0, 2 as other\n{more}\n");
            renamed(&models, new)
        };
        let with_b = |b: &str| {
            let others = "//- /models/c.sql\nselect 1 as id\n//- /models/s.yml\nsources: [{name: s, tables: [{name: t}, {name: u}]}]\n//- /macros/m.sql\n{% macro the_id() %}id{% endmacro %}";
            refused(&format!("//- /models/b.sql\n{b}\n{others}"), "key")
        };
        let joined = [
            with_b("select id from {{ ref('a') }} join {{ ref('c') }} using (id)"),
            with_b("select * from {{ ref('a') }} natural join {{ ref('c') }}"),
            with_b("select * from {{ ref('a') }} union all by name select * from {{ ref('c') }}"),
            with_b("select {{ the_id() }} from {{ ref('a') }}"),
            with_b("{% set rows = run_query('select 1') %}select id from {{ ref('a') }}"),
            with_b("select sum(id) from {{ ref('a') }}"),
            with_b("select a from {{ ref('a') }} as a"),
            with_b("select id from {{ ref('a') }} where )"),
            with_b("{% if false %}select id{% endif %} select 1 as one from {{ ref('a') }}"),
            with_b("select id as x, 1 as y from (pivot {{ ref('a') }} on id using sum(other))"),
        ];
        expect![[r#"
            cannot rename `id`: it is one with a column of another relation there: join them by `on` first (models/b.sql:1)
            cannot rename `id`: the query would get other columns (models/b.sql:1)
            cannot rename `id`: the query would get other columns (models/b.sql:1)
            cannot rename `id`: a macro writes it there (models/b.sql:1)
            cannot rename `id`: what only the warehouse knows has a say in that SQL (models/b.sql:1)
            cannot rename `id`: the column `sum(id)` has its name from it: give that a name of its own first (models/b.sql:1)
            cannot rename `id`: it may be named there, too, and nobody can tell (models/b.sql:1)
            cannot rename `id`: there is an error in the SQL, which may name it (models/b.sql:1)
            /models/a.sql: select 1 as key, 2 as other
            /models/b.sql: {% if false %}select key{% endif %} select 1 as one from {{ ref('a') }}
            cannot rename `id`: it may be named there, too, and nobody can tell (models/b.sql:1)
        "#]].assert_eq(&joined.concat());
        let python = "//- /models/b.py\ndef model(dbt, session):\n    return dbt.ref('a')";
        let hook =
            "//- /models/s.yml\nmodels: [{name: a, config: {post_hook: 'create index on a (id)'}}]";
        let past = "//- /snapshots/s.yml\nsnapshots: [{name: past, relation: ref('a'), config: {unique_key: id, strategy: check, check_cols: all}}]";
        let found = [
            refused(python, "key"),
            refused(hook, "key"),
            refused(past, "key"),
            refused("", "other"),
            refused("", "select"),
            refused("", "my key"),
        ];
        expect![[r#"
            cannot rename `id`: a Python model reads it, and nobody can tell what it makes of it (models/b.py:1)
            cannot rename `id`: `post_hook` may name it there: change it by hand first (models/s.yml:1)
            cannot rename `id`: a snapshot keeps it in the warehouse, with rows of the past (snapshots/s.yml:1)
            cannot rename `id`: the query has a column `other` already (models/a.sql:1)
            cannot rename `id`: `select` is a word of SQL
            cannot rename `id`: `my key` is no name in SQL without quotes
        "#]].assert_eq(&found.concat());
        // What only looks like it is no reason.
        let fine = with_b(
            "select {{ dbt.type_string() }} as x, 'id' as id, a.id as y from {{ ref('a') }} as a",
        );
        expect![[r#"
            /models/a.sql: select 1 as key, 2 as other
            /models/b.sql: select {{ dbt.type_string() }} as x, 'id' as id, a.key as y from {{ ref('a') }} as a
        "#]].assert_eq(&fine);
    }

    #[test]
    fn columns_of_tables_in_the_warehouse_keep_their_names() {
        check(
            "
//- /models/s.yml
sources: [{name: s, tables: [{name: t, columns: [{name: id}]}]}]
//- /models/a.sql
select * from {{ source('s', 't') }}
//- /models/b.sql
select i$0d from {{ ref('a') }}
",
            "key",
            &expect![[r#"
                cannot rename `id`: it is a column of a table that the project only reads: it has its name in the warehouse (models/a.sql:1)
            "#]],
        );
    }
}
