//! Feature: a unit test of the model to fill in, and data tests on the column under the cursor.

use analysis::{
    columns::dialect, facts::node_facts, nodes::nodes_of, resolve::source_target,
    source::properties,
};
use project::{files::FileKind, node::ResourceType};
use sql::{CatalogColumn, Dialect, Type};

use crate::{
    code_action::{
        homes::add_to_folder,
        node_entry::{Described, NodeEntry},
        offers::{Offers, ProjectChange, RefactoringKind},
        sql_spot::SqlSpot,
        yaml_text::Value,
    },
    completion::{columns_of_node, columns_of_source},
    symbol::{described_column_at, node_of},
};

/// On the column whose entry or alias the cursor is on.
pub(super) fn offer_data_tests(offers: &mut Offers<'_>, spot: Option<&SqlSpot<'_>>) {
    let (world, here, at) = (offers.world, offers.here, offers.offset());
    let name = match spot {
        Some(spot) => output_column(spot, at),
        None => described_column_at(world, &here, at).map(|(_, _, name)| name),
    };
    let (Some(name), Some(described)) = (name, Described::at(offers)) else {
        return;
    };
    let column = described
        .entry
        .as_ref()
        .and_then(|entry| Some((entry, entry.column(&name)?)));
    for test in ["not_null", "unique"] {
        let has_it = |(_, column): &(_, &project::properties::ColumnProperties)| {
            column.tests.iter().any(|it| &*it.name.value == test)
        };
        if column.as_ref().is_some_and(has_it) {
            continue;
        }
        let change = if let Some((entry, column)) = &column {
            let edit = entry.add_test(column, test);
            edit.and_then(|edit| ProjectChange::edits(vec![edit]))
        } else {
            let item = Value::Map(vec![
                ("name", Value::text(&*name)),
                ("data_tests", Value::List(vec![Value::text(test)])),
            ]);
            described.add_columns(offers, vec![item])
        };
        let title = format!(
            "Test that `{}.{name}` is {}",
            described.name,
            test.replace('_', " ")
        );
        if change.is_some() {
            offers.add(RefactoringKind::Rewrite, title, |_| change);
        }
    }
}

/// The column that the query yields from what is under the cursor.
fn output_column(spot: &SqlSpot<'_>, at: u32) -> Option<String> {
    let mut columns = spot.symbols.columns.columns.iter();
    let found =
        columns.find(|it| it.range.touches(at) && !it.range.of(spot.tree.text()).ends_with('*'))?;
    (!SqlSpot::is_mask(&found.name)).then(|| found.name.to_string())
}

/// What a model reads, for a unit test.
struct Input {
    call: String,
    columns: Vec<CatalogColumn>,
    is_ephemeral: bool,
}

/// For the model that the file is.
pub(super) fn offer_unit_test(offers: &mut Offers<'_>) {
    let (world, here) = (offers.world, offers.here);
    let is_sql =
        here.kind(world) == Some(FileKind::Model) && !here.file.path(world.db).ends_with(".py");
    let described = Described::at(offers).filter(|it| is_sql && it.kind == ResourceType::Model);
    let Some(described) = described else {
        return;
    };
    let title = format!("Add a unit test of `{}`", described.name);
    let beside = described.entry.as_ref().map_or(here.file, NodeEntry::file);
    offers.add(RefactoringKind::Source, title, |offers| {
        let item = unit_test(offers, &described)?;
        add_to_folder(offers, beside, "unit_tests", &[item])
    });
}

fn unit_test(offers: &Offers<'_>, described: &Described<'_>) -> Option<Value> {
    let (world, here) = (offers.world, &offers.here);
    let dialect = dialect(world.db, here.project);
    let node = nodes_of(world.db, here.file).first()?;
    let given: Vec<Value> = inputs(offers)
        .iter()
        .map(|input| given(input, dialect))
        .collect();
    let columns = columns_of_node(world, &described.target).unwrap_or_default();
    let mut test = vec![
        ("name", Value::text(free_name(offers, &described.name))),
        ("model", Value::text(&*described.name)),
    ];
    let mut macros = node.depends_on.macros.iter();
    if macros.any(|id| id.as_str() == "macro.dbt.is_incremental") {
        // Without this dbt refuses the test.
        let overrides = Value::Map(vec![("is_incremental", Value::Raw("false".to_owned()))]);
        test.push(("overrides", Value::Map(vec![("macros", overrides)])));
    }
    test.push(("given", Value::List(given)));
    let rows = if columns.is_empty() {
        Value::List(Vec::new())
    } else {
        Value::List(vec![row(&columns)])
    };
    test.push(("expect", Value::Map(vec![("rows", rows)])));
    Some(Value::Map(test))
}

/// A name that no unit test of the project's file has.
fn free_name(offers: &Offers<'_>, model: &str) -> String {
    let (world, here) = (offers.world, &offers.here);
    let files = here.package.files(world.db).iter();
    let files = files.filter(|file| file.kind(world.db) == Some(FileKind::Properties));
    let taken: Vec<String> = files
        .flat_map(|file| &properties(world.db, *file).properties.unit_tests)
        .map(|test| test.name.value.to_string())
        .collect();
    let base = format!("test_{model}");
    let mut names = std::iter::once(base.clone()).chain((2..).map(|nth| format!("{base}_{nth}")));
    names.find(|name| !taken.contains(name)).unwrap_or(base)
}

fn inputs(offers: &Offers<'_>) -> Vec<Input> {
    let (world, here) = (offers.world, &offers.here);
    let Some(facts) = node_facts(world.db, here.file).first() else {
        return Vec::new();
    };
    let refs = facts.refs.iter().filter_map(|args| {
        let target = node_of(world, here, args)?;
        let node = nodes_of(world.db, target.file).get(target.slot as usize)?;
        let package = args
            .package
            .as_ref()
            .map_or(String::new(), |it| format!("'{it}', "));
        let version = args
            .version
            .as_ref()
            .map_or(String::new(), |it| format!(", v={it}"));
        Some(Input {
            call: format!("ref({package}'{}'{version})", args.name),
            columns: columns_of_node(world, &target).unwrap_or_default().to_vec(),
            is_ephemeral: node.config.materialized() == "ephemeral",
        })
    });
    let sources = facts.sources.iter().filter_map(|args| {
        let target = source_target(world.db, here.project, here.package_name(world), args)?;
        Some(Input {
            call: format!("source('{}', '{}')", args.source, args.table),
            columns: columns_of_source(world, target)
                .unwrap_or_default()
                .to_vec(),
            is_ephemeral: false,
        })
    });
    refs.chain(sources).collect()
}

fn given(input: &Input, dialect: Dialect) -> Value {
    let mut given = vec![("input", Value::text(&*input.call))];
    if input.is_ephemeral && !input.columns.is_empty() {
        // There is no relation whose columns dbt could read.
        let columns = input.columns.iter().filter_map(|column| {
            let name = sql::written_name(&column.name, dialect)?;
            Some(format!("{} as {name}", sql_sample(column)))
        });
        let columns: Vec<String> = columns.collect();
        given.push(("format", Value::text("sql")));
        given.push((
            "rows",
            Value::text(format!("select {}\n", columns.join(", "))),
        ));
        return Value::Map(given);
    }
    let rows = if input.columns.is_empty() {
        Vec::new()
    } else {
        vec![row(&input.columns)]
    };
    given.push(("rows", Value::List(rows)));
    Value::Map(given)
}

/// `{id: 1, status: a}`
fn row(columns: &[CatalogColumn]) -> Value {
    let cells = columns.iter().map(|column| {
        let name = super::yaml_text::quoted(&column.name);
        format!("{name}: {}", sample(column.data_type.as_ref()))
    });
    Value::Raw(format!("{{{}}}", cells.collect::<Vec<_>>().join(", ")))
}

/// A value of the type, to be replaced by one that matters.
fn sample(data_type: Option<&Type>) -> &'static str {
    match data_type {
        Some(Type::Boolean) => "true",
        Some(
            Type::TinyInt
            | Type::SmallInt
            | Type::Integer
            | Type::BigInt
            | Type::HugeInt
            | Type::UTinyInt
            | Type::USmallInt
            | Type::UInteger
            | Type::UBigInt
            | Type::UHugeInt,
        ) => "1",
        Some(Type::Float | Type::Double | Type::Decimal { .. }) => "1.0",
        Some(Type::Varchar) => "a",
        Some(Type::Date) => "2024-01-01",
        Some(Type::Timestamp | Type::TimestampTz) => "\"2024-01-01 00:00:00\"",
        Some(_) | None => "null",
    }
}

fn sql_sample(column: &CatalogColumn) -> String {
    match sample(column.data_type.as_ref()) {
        "a" => "'a'".to_owned(),
        "2024-01-01" => "cast('2024-01-01' as date)".to_owned(),
        "\"2024-01-01 00:00:00\"" => "cast('2024-01-01 00:00:00' as timestamp)".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    const SHOP: &str = "
//- /models/orders.sql
select 1 as id, 'x' as status, date '2024-01-01' as placed
//- /models/few.sql
{{ config(materialized='ephemeral') }} select 'x' as status
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events, columns: [{name: id}]}, {name: unknown}]
";

    fn check(fixture: &str, wanted: &str, expected: &Expect) {
        check_all(&format!("{SHOP}{fixture}\n"), wanted, expected);
    }

    #[test]
    fn a_unit_test_has_all_inputs() {
        check(
            "//- /models/totals.sql
sel$0ect status, count(*) as n from {{ ref('orders') }} join {{ ref('few') }} using (status), {{ source('raw', 'events') }}, {{ source('raw', 'unknown') }} group by 1
//- /models/t.yml
models:
  - name: totals
unit_tests:
  - {name: test_totals, model: totals, given: [], expect: {rows: []}}",
            "unit",
            &expect![[r#"
                == Add a unit test of `totals` (Source)
                -- /models/t.yml
                models:
                  - name: totals
                unit_tests:
                  - {name: test_totals, model: totals, given: [], expect: {rows: []}}
                  - name: test_totals_2
                    model: totals
                    given:
                      - input: ref('orders')
                        rows:
                          - {id: 1, status: a, placed: 2024-01-01}
                      - input: ref('few')
                        format: sql
                        rows: |
                          select 'a' as status
                      - input: "source('raw', 'events')"
                        rows:
                          - {id: null}
                      - input: "source('raw', 'unknown')"
                        rows: []
                    expect:
                      rows:
                        - {status: a, n: 1}
            "#]],
        );
        check(
            "//- /models/more/grows.sql
{{ config(materialized='incremental') }}
sel$0ect id from {{ ref('orders') }} {% if is_incremental() %} where id > 1 {% endif %}",
            "unit",
            &expect![[r#"
                == Add a unit test of `grows` (Source)
                -- /models/more/schema.yml (new)
                unit_tests:
                  - name: test_grows
                    model: grows
                    overrides:
                      macros:
                        is_incremental: false
                    given:
                      - input: ref('orders')
                        rows:
                          - {id: 1, status: a, placed: 2024-01-01}
                    expect:
                      rows:
                        - {id: 1}
            "#]],
        );
    }

    #[test]
    fn a_column_gets_a_test() {
        check(
            "//- /models/totals.sql
select id as order$0_id from {{ ref('orders') }}
//- /models/t.yml
models:
  - name: totals
    columns:
      - name: order_id
        tests:
          - unique",
            "Test",
            &expect![[r#"
                == Test that `totals.order_id` is not null (Rewrite)
                -- /models/t.yml
                models:
                  - name: totals
                    columns:
                      - name: order_id
                        tests:
                          - unique
                          - not_null
            "#]],
        );
        check(
            "//- /models/totals.sql
select id as order_id from {{ ref('orders') }}
//- /models/t.yml
models:
  - name: totals
    columns:
      - name: ord$0er_id # the key",
            "Test",
            &expect![[r#"
                == Test that `totals.order_id` is not null (Rewrite)
                -- /models/t.yml
                models:
                  - name: totals
                    columns:
                      - name: order_id # the key
                        data_tests:
                          - not_null
                == Test that `totals.order_id` is unique (Rewrite)
                -- /models/t.yml
                models:
                  - name: totals
                    columns:
                      - name: order_id # the key
                        data_tests:
                          - unique
            "#]],
        );
        check(
            "//- /models/totals.sql
select id as order$0_id from {{ ref('orders') }}",
            "is unique",
            &expect![[r#"
                == Test that `totals.order_id` is unique (Rewrite)
                -- /models/schema.yml (new)
                models:
                  - name: totals
                    columns:
                      - name: order_id
                        data_tests:
                          - unique
            "#]],
        );
    }
}
