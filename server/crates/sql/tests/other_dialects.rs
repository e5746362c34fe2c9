//! What only one dialect has, and would look like a name that nobody has elsewhere.

use std::sync::Arc;

use expect_test::{Expect, expect};
use sql::{Catalog, CatalogColumn, Dialect, RelationName, misuses, parse, symbols};

struct Nothing;

impl Catalog for Nothing {
    fn columns(&self, _: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        None
    }
}

#[track_caller]
fn check(dialect: Dialect, select: &str, expected: &Expect) {
    let text = format!("select {select}, nope from (select 1 as id, 'a' as name) as t");
    let tree = parse(&text, dialect);
    let mut told: Vec<String> = Vec::new();
    told.extend(
        tree.errors
            .iter()
            .map(|it| format!("error at `{}`", it.range.of(&text))),
    );
    let problems = symbols(&tree, &Nothing).problems;
    told.extend(
        problems
            .iter()
            .map(|it| format!("unknown `{}`", it.range.of(&text))),
    );
    told.extend(
        misuses(&tree, &|_| false)
            .iter()
            .map(|it| format!("misuse at `{}`", it.range.of(&text))),
    );
    expected.assert_eq(&told.join(", "));
}

#[test]
fn redshift_converts_to_a_type_that_comes_first() {
    let expected = expect!["unknown `nope`"];
    check(
        Dialect::Redshift,
        "convert(int, name), convert(varchar(10), id)",
        &expected,
    );
}

#[test]
fn bigquery_has_system_variables() {
    let expected = expect!["unknown `nope`"];
    check(
        Dialect::BigQuery,
        "@@project_id, @@session.id, @rate",
        &expected,
    );
}

#[test]
fn parameters_of_snowflakes_lambdas_may_have_types() {
    let expected = expect!["unknown `nope`"];
    check(
        Dialect::Snowflake,
        "filter([1, 2], x int -> x > 1), reduce([1], 0, (a int, b int) -> a + b), filter([1], x -> x > id)",
        &expected,
    );
}

#[test]
fn postgres_takes_digits_of_the_local_time() {
    let expected = expect!["unknown `nope`"];
    check(
        Dialect::Postgres,
        "localtimestamp, localtimestamp(2), localtime(0), current_timestamp(3), current_time(1)",
        &expected,
    );
}

#[test]
fn what_is_left_out_or_replaced_has_to_be_there() {
    let expected = expect!["unknown `nope`, unknown `no`, unknown `nope`"];
    check(
        Dialect::DuckDb,
        "* exclude (nope, ID), t.* replace (1 as no, 2 as Name), * rename (gone as x)",
        &expected,
    );
    check(
        Dialect::BigQuery,
        "* except (id) replace ('b' as name)",
        &expect!["unknown `nope`"],
    );
}
