//! `unknown-column`, `ambiguous-column`, `unknown-relation`, `set-operation-width`, `unused-cte`, `duplicate-cte`: names in
//! SQL that mean nothing, or too much.
//!
//! dbt looks at none of this; a warehouse does when the model runs. Something is said only where every column of what is
//! read is known, so that a name can be wrong for sure.

use analysis::{
    columns::dialect, rendered::RenderedSql, warehouse_catalog::reads_through_catalog,
    whole_columns::WholeCatalog,
};
use base::{Diagnostic, Severity, SourceRange};
use jinja::Precision;
use sql::{Dialect, Problem, ProblemKind, SqlTree, symbols};

use super::{CheckContext, catalog::as_of_catalog};

/// What is wrong with the names of one node's SQL.
pub(super) fn check(
    context: &CheckContext<'_>,
    part: &RenderedSql,
    tree: &SqlTree,
    found: &mut Vec<Diagnostic>,
) {
    let catalog = WholeCatalog::new(context.db, context.file);
    let severity = severity(context);
    let is_held_to_a_warehouse = severity == Severity::Error;
    if !is_held_to_a_warehouse && has_hierarchy(&part.sql) {
        return;
    }
    let problems = symbols(tree, &catalog).problems;
    let is_of_catalog = !problems.is_empty() && reads_through_catalog(context.db, context.file);
    for problem in problems {
        if !is_held_to_a_warehouse && may_be_right_elsewhere(&problem.kind) {
            continue;
        }
        let Some((range, precision)) = part.source_map.to_source(problem.range) else {
            continue;
        };
        let diagnostic = diagnostic(context, &problem, range, precision, severity);
        found.extend(diagnostic.map(|it| as_of_catalog(it, is_of_catalog)));
    }
}

/// Our reading of the other dialects was never held to what their warehouses say.
fn severity(context: &CheckContext<'_>) -> Severity {
    let project = context.file.project(context.db);
    match project.map(|project| dialect(context.db, project)) {
        Some(Dialect::DuckDb | Dialect::Postgres) => Severity::Error,
        _ => Severity::Warning,
    }
}

/// `connect by` brings names of its own: `prior`, `connect_by_root`, `level`.
fn has_hierarchy(sql: &str) -> bool {
    let words: Vec<&str> = sql.split_ascii_whitespace().collect();
    words.windows(2).any(|pair| match pair {
        [connect, by] => connect.eq_ignore_ascii_case("connect") && by.eq_ignore_ascii_case("by"),
        _ => false,
    })
}

/// Other dialects take parts of dates without quotes, and prefer what a query makes where two tables have the name.
fn may_be_right_elsewhere(kind: &ProblemKind) -> bool {
    const PARTS: [&str; 14] = [
        "epoch",
        "nanosecond",
        "microsecond",
        "millisecond",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "isoyear",
        "date",
    ];
    match kind {
        ProblemKind::AmbiguousColumn { .. } => true,
        ProblemKind::UnknownColumn { name, .. } => {
            let name = name.to_ascii_lowercase();
            PARTS.iter().any(|part| name.starts_with(part))
        }
        _ => false,
    }
}

fn diagnostic(
    context: &CheckContext<'_>,
    problem: &Problem,
    range: SourceRange,
    precision: Precision,
    severity: Severity,
) -> Option<Diagnostic> {
    let file = context.file.id(context.db);
    let error = |code, message: String| Diagnostic {
        severity,
        ..Diagnostic::error(code, range, message)
    };
    // What a macro wrote cannot be mended by a text in place of its call.
    let suggesting = |diagnostic: Diagnostic, wrong: &str, candidates: &[std::sync::Arc<str>]| {
        let suggested = diagnostic.suggesting(file, wrong, candidates.iter().map(|it| &**it));
        match precision {
            Precision::Exact => suggested,
            Precision::Covering => Diagnostic {
                fix: None,
                ..suggested
            },
        }
    };
    let found = match &problem.kind {
        ProblemKind::UnknownColumn { name, candidates } => {
            let message = format!("nothing that is read here has a column `{name}`");
            suggesting(error("unknown-column", message), name, candidates)
        }
        ProblemKind::AmbiguousColumn { name, relations } => {
            let message = format!(
                "`{name}` is a column of {}: write which one is meant",
                relations
                    .iter()
                    .map(|it| format!("`{it}`"))
                    .collect::<Vec<_>>()
                    .join(" and of ")
            );
            error("ambiguous-column", message)
        }
        ProblemKind::UnknownQualifier { name, candidates } => {
            let message = format!("no table, CTE or alias is called `{name}` here");
            suggesting(error("unknown-relation", message), name, candidates)
        }
        ProblemKind::SetOperationWidth { left, right } => error(
            "set-operation-width",
            format!("the queries have to have as many columns each: here are {left} and {right}"),
        ),
        ProblemKind::UnusedCte { name } if precision == Precision::Exact => Diagnostic {
            severity: Severity::Hint,
            ..Diagnostic::error("unused-cte", range, format!("nothing reads `{name}`"))
        },
        // A macro may well write more than is needed.
        ProblemKind::UnusedCte { .. } => return None,
        ProblemKind::DuplicateCte { name } => error(
            "duplicate-cte",
            format!("there are two CTEs called `{name}`: rename one of them"),
        ),
    };
    Some(match precision {
        Precision::Exact => found,
        Precision::Covering => Diagnostic {
            message: format!("in the SQL that this renders to: {}", found.message),
            ..found
        },
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::render_diagnostics;

    const SHOP: &str = "
//- /dbt_project.yml
name: shop
profile: shop
//- /profiles.yml
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb}
//- /models/sources.yml
sources:
  - name: web
    tables:
      - name: clicks
        columns: [{name: id}]
//- /seeds/customers.csv
id,name
1,ada
//- /models/orders.sql
select 1 as id, 2 as customer_id, 3.5 as amount
//- /models/clicks.sql
select id, page from {{ source('web', 'clicks') }}
//- /models/all_clicks.sql
select * from {{ source('web', 'clicks') }}
";

    fn check(files: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(&format!("{SHOP}{files}\n")));
    }

    #[test]
    fn wrong_names_are_found_through_models_and_seeds() {
        check(
            "//- /models/a.sql
select o.amont, c.name, d.id
from {{ ref('orders') }} o join {{ ref('customers') }} c on c.ident = o.customer_id
//- /models/b.sql
with paid as (select * from {{ ref('orders') }}), other as (select 1 as one)
select id, page from paid
//- /models/c.sql
select id from {{ ref('orders') }} join {{ ref('customers') }} on true
//- /models/d.sql
select id, name from {{ ref('customers') }} union all select id from {{ ref('orders') }}",
            &expect![[r#"
                /models/a.sql
                  1:10 error unknown-column: nothing that is read here has a column `amont`; did you mean `amount`?
                  1:25 error unknown-relation: no table, CTE or alias is called `d` here; did you mean `c`?
                  2:63 error unknown-column: nothing that is read here has a column `ident`
                /models/b.sql
                  1:51 hint unused-cte: nothing reads `other`
                  2:12 error unknown-column: nothing that is read here has a column `page`
                /models/c.sql
                  1:8 error ambiguous-column: `id` is a column of `orders` and of `customers`: write which one is meant
                /models/d.sql
                  1:45 error set-operation-width: the queries have to have as many columns each: here are 2 and 1
            "#]],
        );
    }

    #[test]
    fn what_a_source_has_beyond_its_yaml_is_not_known() {
        check(
            "//- /models/a.sql
select anything from {{ source('web', 'clicks') }}
//- /models/b.sql
select anything from {{ ref('all_clicks') }}
//- /models/c.sql
select anything, page from {{ ref('clicks') }}",
            &expect![[r#"
                /models/c.sql
                  1:8 error unknown-column: nothing that is read here has a column `anything`
            "#]],
        );
    }

    #[test]
    fn names_that_macros_write_are_shown_at_the_call() {
        check(
            "//- /macros/m.sql
{% macro total(column) %}sum({{ column }}) as total{% endmacro %}
//- /models/a.sql
select {{ total('price') }} from {{ ref('orders') }}
//- /models/b.sql
{{ config(materialized='incremental') }}
select id, nothing from {{ ref('orders') }} {% if is_incremental() %} where other > 1 {% endif %}
//- /models/c.sql
select id, nothing from {{ ref('orders') }} {% if execute and run_query('select 1') %} where 1 = 1 {% endif %}",
            &expect![[r#"
                /models/a.sql
                  1:8 error unknown-column: in the SQL that this renders to: nothing that is read here has a column `price`
                /models/b.sql
                  2:12 error unknown-column: nothing that is read here has a column `nothing`
            "#]],
        );
    }
}
