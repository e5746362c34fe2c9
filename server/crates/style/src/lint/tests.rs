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
            3:12 RF02 `a` does not say which table it is from
            3:15 RF02 `b` does not say which table it is from
            4:5 CP03 functions are in one case: write `count`
            4:5 CV04 `count(*)` counts rows
            5:15 RF02 `a` does not say which table it is from
            5:16 CV05 nothing equals `null`: write `is null`
            5:16 LT01 one space belongs here
            5:17 LT01 one space belongs here
            5:29 ST01 `case` without `else` is `null`
            6:1 CP01 keywords are in one case: write `from`
            6:6 JJ01 a tag has one space inside its delimiters
            6:19 AL01 an alias of a table has `as` before it
            6:19 AL05 nothing uses the alias `o`
            7:1 AM05 a join says which kind it is: `inner join`
            7:8 ST07 a join is on a condition, not `using` columns
            8:7 RF02 `a` does not say which table it is from
            8:18 RF02 `b` does not say which table it is from
            8:20 CV01 `!=` is how this file writes it
            8:34 CP04 literals are in one case: write `null`
            8:45 CV05 nothing equals `null`: write `is null`
            8:51 LT12 a file ends in one line break
            ---
            select
                id,
                coalesce(a, b) as c,
                count(*) as n,
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
            7:8 RF02 `id` does not say which table it is from
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
            3:17 AL05 nothing uses the alias `c`
            5:1 AM02 `union` says whether it is of `all` or `distinct` rows
            6:17 AL05 nothing uses the alias `c`
            9:17 AL01 an alias of a table has `as` before it
            9:17 AL05 nothing uses the alias `c`
            ---
            select a from b c -- noqa
            union -- noqa: AM02
            select a from b as c -- noqa: AM02
            -- noqa: disable=AL01
            union distinct
            select a from b
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
            1:17 AL05 nothing uses the alias `c`
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
            1:17 AL05 nothing uses the alias `c`
            3:15 JJ01 a tag has one space inside its delimiters
            ---
            select a from b
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

#[test]
fn white_space_is_as_the_formatter_has_it() {
    check(
        "[sqlfluff]\nrules = layout\n",
        "\n\nwith a as (select 1 as id,2 as n), b as (select 1)\nselect id ,n\n , m  as k \n  from a\n\n\n\nunion all select  1,2,3\n",
        &expect![[r#"
            1:1 LT13 a file begins with its text
            3:27 LT01 one space belongs here
            3:35 LT08 a new line begins here
            4:1 LT08 an empty line belongs before this
            4:7 LT09 a new line begins here
            4:10 LT01 no space belongs here
            4:12 LT09 a new line begins here
            5:2 LT04 a comma is at the end of a line
            5:3 LT09 a new line begins here
            5:5 LT01 one space belongs here
            6:3 LT02 the line is indented by 0 spaces
            10:1 LT15 there are too many empty lines before this
            10:10 LT11 a new line begins here
            10:17 LT01 one space belongs here
            10:21 LT01 one space belongs here
            10:23 LT01 one space belongs here
            ---
            with a as (select 1 as id, 2 as n),

            b as (select 1)

            select
                id,
                n,
                m as k
            from a

            union all
            select 1, 2, 3
        "#]],
    );
}

#[test]
fn tables_and_columns_have_names_of_their_own() {
    check(
        ALL,
        "select\n    a.id,\n    a.name nm,\n    sum(b.x),\n    a.y::int,\n    a.id as ID\nfrom orders as a\nleft join items as b on a.id = b.id\nleft join items as b on a.id = b.id\nleft join c as unused on true\ninner join (select 1 as x) on true\n",
        &expect![[r#"
            1:1 ST06 wildcards come first, then columns, then what is calculated
            3:12 AL02 an alias of a column has `as` before it
            4:5 AL03 an expression has a name: `as …`
            6:13 AL08 another column is called `ID` here
            9:20 AL04 another table is called `b` here
            10:16 AL05 nothing uses the alias `unused`
            11:12 AL10 a query in `from` has an alias
            11:12 ST05 a CTE is easier to read than a query in a join
            ---
            select
                a.id,
                a.name as nm,
                sum(b.x),
                a.y::int,
                a.id as ID
            from orders as a
            left join items as b on a.id = b.id
            left join items as b on a.id = b.id
            left join c on true
            inner join (select 1 as x) on true
        "#]],
    );
}

#[test]
fn columns_say_where_they_are_from() {
    check(
        ALL,
        "select\n    t.a,\n    b\nfrom t;\n\nselect\n    a,\n    x.b,\n    date '2026-01-31' as day\nfrom x\ninner join y using (k)\nwhere k > 1;\n\nselect\n    \"ok\" as \"my col\",\n    \"Mixed\" as \"select\"\nfrom t\n",
        &expect![[r#"
            3:5 RF03 the other columns of this query have their table before them
            7:5 RF02 `a` does not say which table it is from
            11:14 ST07 a join is on a condition, not `using` columns
            15:5 RF06 `ok` needs no quotes
            15:13 RF05 a name has letters, digits and `_` alone
            ---
            select
                t.a,
                b
            from t;

            select
                a,
                x.b,
                date '2026-01-31' as day
            from x
            inner join y using (k)
            where k > 1;

            select
                ok as "my col",
                "Mixed" as "select"
            from t
        "#]],
    );
}

#[test]
fn cases_and_queries_are_simple() {
    check(
        ALL,
        "select\n    case when a is null then 0 else a end as x,\n    case when a > 1 then true else false end as y,\n    case when a = 1 then 'x' else case when b = 2 then 'y' end end as z,\n    *\nfrom t;\n\nselect distinct (a) from t;;\n\nselect * from a\ninner join (select 1 as b) as c on a.b = c.b\n",
        &expect![[r#"
            1:1 ST06 wildcards come first, then columns, then what is calculated
            2:5 ST02 `coalesce` says the same without `case`
            3:5 ST02 the condition is the value: no `case` is needed
            4:35 ST04 the conditions of this `case` can be those of the outer one
            8:17 ST08 `distinct` is about whole rows and needs no bracket
            8:28 ST12 the statement has ended already
            10:9 LT14 a new line begins here
            11:12 ST05 a CTE is easier to read than a query in a join
            ---
            select
                case when a is null then 0 else a end as x,
                case when a > 1 then true else false end as y,
                case when a = 1 then 'x' else case when b = 2 then 'y' end end as z,
                *
            from t;

            select distinct (a) from t;

            select *
            from a
            inner join (select 1 as b) as c on a.b = c.b
        "#]],
    );
}

#[test]
fn order_and_limits_are_plain() {
    check(
        ALL,
        "select\n    a,\n    cast(b as INT) as b,\n    c::int as c,\n    Upper(d) as d,\nfrom t\ngroup by 1, b\norder by a, b desc\nlimit 1;\n\nselect a from t\nlimit 1\n",
        &expect![[r#"
            1:1 CV03 no comma stands behind the last column
            4:6 CV11 `cast(… as …)` is how this file casts
            4:8 CP05 types are in one case: write `INT`
            5:5 CP03 functions are in one case: write `upper`
            7:1 AM06 columns are named, or given by number, but not both in one file
            8:1 AM03 `asc` or `desc` stands behind all columns, or behind none
            11:9 LT14 a new line begins here
            12:1 AM09 which rows come first, only `order by` says
            ---
            select
                a,
                cast(b as INT) as b,
                c::INT as c,
                upper(d) as d,
            from t
            group by 1, b
            order by a asc, b desc
            limit 1;

            select a
            from t
            limit 1
        "#]],
    );
}

#[test]
fn what_a_tag_may_write_is_not_missed() {
    check(
        "[sqlfluff]\nexclude_rules = layout\n",
        "select\n    {% if x %}a as k{% else %}b as k{% endif %},\n    {{ y }}\nfrom t as u\n{% if z %}inner join v as w on true{% else %}inner join x as w on true{% endif %}\nwhere {{ f('u.id', 'w.id') }}\n",
        &expect![[""]],
    );
}
