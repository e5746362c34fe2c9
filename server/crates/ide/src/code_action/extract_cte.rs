//! Feature: a CTE becomes a model of its own, beside the one that it is in.
//!
//! The CTE stays and reads the new model, so that nothing else changes. What it needs from CTEs above it goes along as
//! copies. Where a template's own variables or conditions have a say in it, or a unit test gives the model its inputs,
//! it is not offered.

use base::{RenderedRange, SourceRange};
use project::files::FileKind;
use sql::{CteOutline, Outline};

use crate::code_action::{
    homes::{folder_of, new_project_file},
    moved_sql::{dedented, has_unit_tests, is_movable},
    offers::{Offers, ProjectChange, RefactoringKind},
    sql_spot::SqlSpot,
};

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let (world, here) = (offers.world, offers.here);
    if here.kind(world) != Some(FileKind::Model) {
        return;
    }
    let Some(outline) = sql::outline(&spot.tree).filter(|it| !it.is_recursive) else {
        return;
    };
    let at = offers.offset();
    let mut ctes = outline.ctes.iter().enumerate();
    let Some((number, cte)) = ctes.find(|(_, it)| it.name_range.touches(at)) else {
        return;
    };
    let needed = needed(&outline, number);
    let all = needed.iter().chain([&number]);
    let are_movable = all
        .filter_map(|it| outline.ctes.get(*it))
        .all(|it| is_movable(spot, source_range(it.range)));
    if cte.has_columns || !are_movable {
        return;
    }
    let Some(text) = model_text(spot, &outline, cte, &needed) else {
        return;
    };
    let Some(name) = free_name(offers, &cte.name) else {
        return;
    };
    if has_unit_tests(offers) {
        return;
    }
    let path = here.file.path(world.db);
    let path = format!("{}/{name}.sql", folder_of(path));
    let Some(created) = new_project_file(offers, here.package, &path, text) else {
        return;
    };
    let newline = spot.newline();
    let call = format!("{newline}    select * from {{{{ ref('{name}') }}}}{newline}");
    let edit = offers.edit(source_range(cte.query), call);
    let title = format!("Extract the CTE `{}` to the model `{name}`", cte.name);
    offers.add(RefactoringKind::Extract, title, |_| {
        Some(created.and(ProjectChange::edits(vec![edit])?))
    });
}

fn source_range(range: RenderedRange) -> SourceRange {
    SourceRange::new(range.start, range.end)
}

/// The CTEs that one reads, and those that these read, in the order written.
fn needed(outline: &Outline, number: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut todo = vec![number];
    while let Some(at) = todo.pop() {
        let reads = outline.ctes.get(at).map(|cte| &cte.reads);
        for read in reads.into_iter().flatten() {
            if !found.contains(read) && *read != number {
                found.push(*read);
                todo.push(*read);
            }
        }
    }
    found.sort_unstable();
    found
}

fn model_text(
    spot: &SqlSpot<'_>,
    outline: &Outline,
    cte: &CteOutline,
    needed: &[usize],
) -> Option<String> {
    let query = dedented(spot, source_range(cte.query));
    let newline = spot.newline();
    if needed.is_empty() {
        return Some(format!("{query}{newline}"));
    }
    // Of two `with` one would have to go into the other.
    let mut words = query.split_whitespace();
    if words
        .next()
        .is_none_or(|word| word.eq_ignore_ascii_case("with"))
    {
        return None;
    }
    let copies = needed.iter().filter_map(|it| outline.ctes.get(*it));
    let copies: Vec<&str> = copies
        .map(|it| source_range(it.range).of(spot.text))
        .collect();
    let separator = format!(",{newline}{newline}");
    Some(format!(
        "with {}{newline}{newline}{query}{newline}",
        copies.join(&separator)
    ))
}

/// The CTE's name, or one with the model's before it.
fn free_name(offers: &Offers<'_>, cte: &str) -> Option<String> {
    let (world, here) = (offers.world, &offers.here);
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let index = analysis::resolve::ref_index(world.db, here.project);
    let is_taken = |name: &str| {
        let mut all = index.enabled.keys().chain(index.disabled.keys());
        all.any(|known| known.eq_ignore_ascii_case(name))
    };
    let longer = format!("{}_{cte}", here.file.stem(world.db));
    let mut names = [cte.to_owned(), longer].into_iter();
    names.find(|name| is_name(name) && !is_taken(name))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    fn check(sql: &str, expected: &Expect) {
        check_all(
            &format!("//- /models/orders.sql\nselect 1 as id\n//- /models/marts/a.sql\n{sql}\n"),
            "Extract",
            expected,
        );
    }

    #[test]
    fn a_cte_becomes_a_model() {
        check(
            "with base as (select * from {{ ref('orders') }}),

paid$0 as (

    -- only some
    select
        id,
        'x' as kind
    from base
    where id > 1

)

select * from paid",
            &expect![[r#"
                == Extract the CTE `paid` to the model `paid` (Extract)
                -- /models/marts/a.sql
                with base as (select * from {{ ref('orders') }}),

                paid as (
                    select * from {{ ref('paid') }}
                )

                select * from paid
                -- /models/marts/paid.sql (new)
                with base as (select * from {{ ref('orders') }})

                -- only some
                select
                    id,
                    'x' as kind
                from base
                where id > 1
            "#]],
        );
        check(
            "{{ config(tags='x') }}\nwith ord$0ers as (select id from {{ ref('orders') }}) select * from orders",
            &expect![[r#"
                == Extract the CTE `orders` to the model `a_orders` (Extract)
                -- /models/marts/a.sql
                {{ config(tags='x') }}
                with orders as (
                    select * from {{ ref('a_orders') }}
                ) select * from orders
                -- /models/marts/a_orders.sql (new)
                select id from {{ ref('orders') }}
            "#]],
        );
    }

    #[test]
    fn what_depends_on_its_place_stays() {
        for sql in [
            "{% set n = 1 %} with b$0 as (select {{ n }} as n) select * from b",
            "with b$0 as (select 1 as n {% if true %} , 2 as m {% endif %}) select * from b",
            "with b$0 as (select 1 as n where {{ is_incremental() }}) select * from b",
            "with b$0 as (select * from {{ this }}) select * from b",
            "with b$0(x) as (select 1 as n) select * from b",
            "with recursive b$0 as (select 1 as n union all select n + 1 from b) select * from b",
            "with c as (select 1 as n), b$0 as (with d as (select * from c) select * from d) select * from b",
        ] {
            check(sql, &expect![[""]]);
        }
    }

    #[test]
    fn a_model_with_unit_tests_keeps_its_inputs() {
        check(
            "with b$0 as (select id from {{ ref('orders') }}) select * from b
//- /models/t.yml
unit_tests:
  - name: t
    model: a
    given: [{input: ref('orders'), rows: []}]
    expect: {rows: []}",
            &expect![[""]],
        );
    }
}
