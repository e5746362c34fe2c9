//! `contract-error`: what a run would refuse of a model with an enforced contract, before there is one.
//!
//! A column that is declared and not made is shown where it is declared; one that is made and not declared, or of another
//! type, where it is made. Types are compared only where both are known for sure.

use analysis::{
    columns::dialect,
    nodes::nodes_of,
    patches::{patch_index, section},
    rendered::rendered,
    resolve::RefTarget,
    source::properties,
    warehouse_catalog::relies_on_catalog,
    whole_columns::{whole_columns, whole_output},
};
use base::{Diagnostic, FileRange, Related, SourceRange};
use project::{
    node::{Node, ResourceType},
    properties::ColumnProperties,
};
use sql::{Confidence, Dialect, OutputColumn, Type};

use super::{
    CheckContext,
    catalog::as_of_catalog,
    columns_in_yaml::{described, is_contract_enforced},
};

/// In properties: columns that the models do not make.
pub(super) fn check_entries(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let db = context.db;
    for entry in &properties(db, context.file).properties.models {
        for (target, columns) in described(context, entry) {
            if !is_contract_enforced(context, &target) {
                continue;
            }
            let Some(known) = whole_columns(db, target.file, target.slot) else {
                continue;
            };
            let is_made = |name: &str| known.iter().any(|it| it.name.eq_ignore_ascii_case(name));
            let missing = columns.iter().filter(|it| !is_made(&it.column.name));
            for column in missing.filter(|it| !it.column.name.contains('.')) {
                let is_of_catalog = *relies_on_catalog(db, target.file, target.slot);
                let diagnostic = not_made(context, &target, column);
                found.push(as_of_catalog(diagnostic, is_of_catalog));
            }
        }
    }
}

fn not_made(
    context: &CheckContext<'_>,
    target: &RefTarget,
    column: &ColumnProperties,
) -> Diagnostic {
    let (name, model) = (&column.column.name, target.file.stem(context.db));
    let message =
        format!("the contract of `{model}` is enforced, and its SQL has no column `{name}`");
    let mut diagnostic = Diagnostic::error("contract-error", column.name_range, message);
    diagnostic.related.push(Related {
        at: FileRange {
            file: target.file.id(context.db),
            range: SourceRange::at(0),
        },
        message: format!("the columns of `{model}` are made here"),
    });
    diagnostic
}

/// In a model: columns that the contract does not have, and those of another type.
pub(super) fn check_model(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(node) = nodes_of(db, file).first() else {
        return;
    };
    if node.resource_type() != ResourceType::Model || !node.config.is_contract_enforced() {
        return;
    }
    // Without any it is another fault, and said elsewhere.
    if node.columns.is_empty() || whole_columns(db, file, 0).is_none() {
        return;
    }
    let Some(part) = rendered(db, file).first() else {
        return;
    };
    for column in &whole_output(db, file, 0).columns {
        let Some(fault) = fault(context, node, column) else {
            continue;
        };
        let Some((range, _)) = part.source_map.to_source(column.range) else {
            continue;
        };
        let mut diagnostic = Diagnostic::error("contract-error", range, fault);
        diagnostic
            .related
            .extend(declaration(context, node, &column.name));
        found.push(as_of_catalog(diagnostic, *relies_on_catalog(db, file, 0)));
    }
}

/// What is wrong with a column that is made.
fn fault(context: &CheckContext<'_>, node: &Node, column: &OutputColumn) -> Option<String> {
    let (model, name) = (&node.name, &column.name);
    let mut declared = node.columns.values();
    let Some(declared) = declared.find(|it| it.name.eq_ignore_ascii_case(name)) else {
        return Some(format!(
            "the contract of `{model}` is enforced, and has no column `{name}`"
        ));
    };
    let written = declared.data_type.as_deref()?;
    let (wanted, made) = (Type::parse(written)?, column.data_type.as_ref()?);
    let dialect = dialect(context.db, context.file.project(context.db)?);
    let is_certain = column.confidence == Confidence::Certain;
    (is_certain && differ(&wanted, made, dialect)).then(|| {
        format!("the contract of `{model}` says that `{name}` is {written}, and it is {made}")
    })
}

/// How much two types have to differ for a warehouse to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Date,
    Time,
    Timestamp,
    Interval,
    Nested,
}

fn family(of: &Type) -> Option<Family> {
    Some(match of {
        Type::Boolean => Family::Boolean,
        Type::TinyInt
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::HugeInt
        | Type::UTinyInt
        | Type::USmallInt
        | Type::UInteger
        | Type::UBigInt
        | Type::UHugeInt => Family::Integer,
        Type::Float | Type::Double => Family::Float,
        Type::Decimal { .. } => Family::Decimal,
        Type::Varchar => Family::Text,
        Type::Date => Family::Date,
        Type::Time | Type::TimeTz => Family::Time,
        Type::Timestamp | Type::TimestampTz => Family::Timestamp,
        Type::Interval => Family::Interval,
        Type::List(_) | Type::Array(..) | Type::Struct(_) | Type::Map(_) => Family::Nested,
        // A bare null takes any type; of the others nobody knows enough.
        Type::Null | Type::Blob | Type::Bit | Type::Uuid | Type::Json | Type::Other(_) => {
            return None;
        }
    })
}

fn differ(wanted: &Type, made: &Type, dialect: Dialect) -> bool {
    let (Some(left), Some(right)) = (family(wanted), family(made)) else {
        return false;
    };
    let is_number = |it| matches!(it, Family::Integer | Family::Float | Family::Decimal);
    if dialect == Dialect::DuckDb {
        // What is inferred follows DuckDB's rules, to the width of a number; but for digits, where the rules are many.
        let is_exact = !matches!(left, Family::Decimal | Family::Nested);
        return left != right || is_exact && wanted != made;
    }
    if *made == Type::Integer {
        // DuckDB makes that of a bare null; others make it a text.
        return false;
    }
    // Other warehouses have fewer types of numbers, or other rules for them, and some have no dates without a time.
    let is_moment = |it| matches!(it, Family::Date | Family::Timestamp);
    left != right
        && !(is_number(left) && is_number(right))
        && !(is_moment(left) && is_moment(right))
}

/// Where the contract is, and the column in it if it is there.
fn declaration(context: &CheckContext<'_>, node: &Node, name: &str) -> Option<Related> {
    let (db, file) = (context.db, context.file);
    let key = (ResourceType::Model, file.stem(db).into());
    let key = *patch_index(db, file.package(db)?).get(&key)?;
    let all = section(&properties(db, key.file).properties, ResourceType::Model);
    let entry = all.get(key.entry as usize)?;
    let version = key.version.and_then(|it| entry.versions.get(it as usize));
    let of_version = version.iter().flat_map(|version| &version.columns);
    let mut columns = entry.columns.iter().chain(of_version);
    let column = columns.find(|it| it.column.name.eq_ignore_ascii_case(name));
    let (range, message) = match column {
        Some(column) => (column.name_range, format!("`{name}` is declared here")),
        None => (
            entry.name.range,
            format!("the contract of `{}` is declared here", node.name),
        ),
    };
    Some(Related {
        at: FileRange {
            file: key.file.id(db),
            range,
        },
        message,
    })
}

#[cfg(test)]
mod tests {
    use base::FileRange;
    use expect_test::{Expect, expect};

    use crate::fixture::{TestProject, render_diagnostics};

    fn check(fixture: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(fixture));
    }

    const BROKEN: &str = "
//- /models/orders.sql
select
    1 as id,
    'x' as status,
    1.5 as amount,
    null as note,
    {{ 'day' }} + 1 as due,
    cast(now() as date) as placed
from {{ ref('days') }}
//- /models/days.sql
select date '2024-01-01' as day
//- /models/s.yml
models:
  - name: orders
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: bigint}
      - {name: STATUS, data_type: text}
      - {name: amount, data_type: varchar}
      - {name: note, data_type: varchar}
      - {name: placed, data_type: timestamp}
      - {name: customer, data_type: int}
";

    #[test]
    fn a_contract_is_held_against_the_sql() {
        check(
            BROKEN,
            &expect![[r#"
            /models/orders.sql
              2:10 error contract-error: the contract of `orders` says that `id` is bigint, and it is INTEGER
              4:12 error contract-error: the contract of `orders` says that `amount` is varchar, and it is DECIMAL(2,1)
              5:13 error contract-error: the contract of `orders` says that `note` is varchar, and it is INTEGER
              6:24 error contract-error: the contract of `orders` is enforced, and has no column `due`
              7:28 error contract-error: the contract of `orders` says that `placed` is timestamp, and it is DATE
            /models/s.yml
              10:16 error contract-error: the contract of `orders` is enforced, and its SQL has no column `customer`
        "#]],
        );
    }

    #[test]
    fn the_other_end_is_told() {
        let project = TestProject::new(BROKEN);
        let mut shown = String::new();
        for path in ["/models/orders.sql", "/models/s.yml"] {
            let file = project.file(path);
            for found in project.analysis().diagnostics(file).unwrap() {
                let at = FileRange {
                    file,
                    range: found.range,
                };
                let other = &found.related[0];
                shown.push_str(&project.show(at));
                shown.push_str(" -> ");
                shown.push_str(&project.show(other.at));
                shown.push('\n');
            }
        }
        expect![[r#"
            /models/orders.sql:2 id -> /models/s.yml:5 id
            /models/orders.sql:4 amount -> /models/s.yml:7 amount
            /models/orders.sql:5 note -> /models/s.yml:8 note
            /models/orders.sql:6 due -> /models/s.yml:2 orders
            /models/orders.sql:7 placed -> /models/s.yml:9 placed
            /models/s.yml:10 customer -> /models/orders.sql:1
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn what_holds_or_is_not_known_is_no_fault() {
        check(
            "
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events, columns: [{name: id, data_type: varchar}]}]
//- /models/a.sql
select id, kind from {{ source('raw', 'events') }}
//- /models/b.sql
select 1 as id, 'x' as more
//- /models/c.sql
select * from {{ source('raw', 'events') }}
//- /models/s.yml
models:
  - name: a
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: int}, {name: kind, data_type: text}]
  - name: b
    columns: [{name: id, data_type: text}]
  - name: c
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: int}, {name: kind, data_type: text}]
",
            &expect![[""]],
        );
    }
}
