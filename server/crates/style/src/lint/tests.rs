//! What the rules find, and what they do not.

use std::fmt::Write as _;

use base::LineIndex;
use expect_test::{Expect, expect};
use sql::Dialect;

use super::{fixed, lint};
use crate::StyleConfig;

const ALL: &str = "[sqlfluff]\nrules = all\n";

fn check(settings: &str, text: &str, expected: &Expect) {
    let config = StyleConfig::from_text(settings, Dialect::DuckDb);
    let found = lint(text, &config);
    let lines = LineIndex::new(text);
    let mut shown = String::new();
    for it in &found {
        let at = lines.line_col(it.range.start);
        let message = &it.message;
        writeln!(
            shown,
            "{}:{} {} {message}",
            at.line + 1,
            at.col + 1,
            it.code
        )
        .unwrap();
    }
    if let Some(text) = fixed(text, &found) {
        write!(shown, "---\n{text}").unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn conventions_have_fixes() {
    check(
        ALL,
        "select\n    id as id,\n    ifnull(a, b) as c,\n    COUNT(1) as n,\n    case when a=null then 1 else null end as d\nFROM {{ref('x')}} o\njoin b using (id)\nwhere a != 1 and b <> 2 and c is NULL and d = null",
        &expect![[r#"
            2:5 AL09 a column has this name already
            3:5 CV02 `coalesce` is the standard's name for it
            4:5 CV04 `count(*)` counts rows
            5:16 CV05 nothing equals `null`: write `is null`
            5:29 ST01 `case` without `else` is `null`
            6:1 CP01 keywords are in one case: write `from`
            6:6 JJ01 a tag has one space inside its delimiters
            6:19 AL01 an alias of a table has `as` before it
            7:1 AM05 a join says which kind it is: `inner join`
            7:8 ST07 a join is on a condition, not `using` columns
            8:20 CV01 `!=` is how this file writes it
            8:34 CP04 literals are in one case: write `null`
            8:45 CV05 nothing equals `null`: write `is null`
            8:51 LT12 a file ends in one line break
            ---
            select
                id,
                coalesce(a, b) as c,
                COUNT(*) as n,
                case when a is null then 1 end as d
            from {{ ref('x') }} as o
            inner join b using (id)
            where a != 1 and b != 2 and c is null and d is null
        "#]],
    );
}

#[test]
fn queries_are_looked_at_as_a_whole() {
    check(
        ALL,
        "with used as (select 1 as id),\n\nunused as (select distinct id from used group by id)\n\nselect id from used\nunion\nselect id from used right join x on true\n",
        &expect![[r#"
            3:1 ST03 nothing reads the CTE `unused`
            3:12 AM01 `group by` makes rows distinct already
            6:1 AM02 `union` says whether it is of `all` or `distinct` rows
            7:21 CV08 a `left join` is easier to read
            ---
            with used as (select 1 as id),

            unused as (select distinct id from used group by id)

            select id from used
            union distinct
            select id from used right join x on true
        "#]],
    );
}

#[test]
fn comments_ask_for_silence() {
    check(
        ALL,
        "select a from b c -- noqa\nunion -- noqa: AM02\nselect a from b c -- noqa: AM02\n-- noqa: disable=AL01\nunion\nselect a from b c\n-- noqa: enable=all\nunion all\nselect a from b c\n",
        &expect![[r#"
            3:17 AL01 an alias of a table has `as` before it
            5:1 AM02 `union` says whether it is of `all` or `distinct` rows
            9:17 AL01 an alias of a table has `as` before it
            ---
            select a from b c -- noqa
            union -- noqa: AM02
            select a from b as c -- noqa: AM02
            -- noqa: disable=AL01
            union distinct
            select a from b c
            -- noqa: enable=all
            union all
            select a from b as c
        "#]],
    );
}

#[test]
fn settings_choose_the_rules() {
    let text = "select a from b c\nunion\nselect a from {{x}}\n";
    check(
        "",
        text,
        &expect![[r#"
        2:1 AM02 `union` says whether it is of `all` or `distinct` rows
        3:15 JJ01 a tag has one space inside its delimiters
        ---
        select a from b c
        union distinct
        select a from {{ x }}
    "#]],
    );
    check(
        "[sqlfluff]\nrules = aliasing, JJ*\n",
        text,
        &expect![[r#"
        1:17 AL01 an alias of a table has `as` before it
        3:15 JJ01 a tag has one space inside its delimiters
        ---
        select a from b as c
        union
        select a from {{ x }}
    "#]],
    );
    check(
        "[sqlfluff]\nexclude_rules = AL01, ambiguous.union\n",
        text,
        &expect![[r#"
            3:15 JJ01 a tag has one space inside its delimiters
            ---
            select a from b c
            union
            select a from {{ x }}
        "#]],
    );
}

#[test]
fn what_is_broken_or_a_macro_is_nobodys_fault() {
    check(ALL, "select 'a from b c\n", &expect![[""]]);
    check(
        ALL,
        "{% macro m() %}\n    select a from b c\n{% endmacro %}\n",
        &expect![[""]],
    );
    check(ALL, "update t set a = null\n", &expect![[""]]);
}
