//! What the formatter makes of texts.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use sql::Dialect;

use super::format;
use crate::StyleConfig;

fn check(text: &str, expected: &Expect) {
    check_with("", text, expected);
}

fn check_with(settings: &str, text: &str, expected: &Expect) {
    let config = StyleConfig::from_text(settings, Dialect::DuckDb);
    let formatted = format(text, &config);
    let mut shown = formatted.text.unwrap_or_else(|| text.to_owned());
    for left in formatted.left_alone {
        writeln!(shown, "-- {:?}: {}", left.range.of(text), left.reason).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn ctes_joins_and_conditions_have_lines_of_their_own() {
    check(
        "{{config(materialized='table')}}
with orders as (select * from {{ref('orders')}}), final as (
  select id, name -- the name
  ,sum(x) over (partition by id order by at rows between unbounded preceding and current row) as running_total_of_x
  from orders left join {{ source('raw','customers') }} c on a.id=c.id and a.valid_from_the_first_day=c.valid_from
  where a=-1 and b between 1 and 2
     or c in (select id from d)
)
-- the end
SELECT * FROM final",
        &expect![[r#"
            {{ config(materialized='table') }}
            with orders as (select * from {{ ref('orders') }}),

            final as (
                select
                    id,
                    name -- the name
                    , sum(x) over (
                        partition by id
                        order by at
                        rows between unbounded preceding and current row
                    ) as running_total_of_x
                from orders
                left join {{ source('raw','customers') }} c
                    on a.id = c.id and a.valid_from_the_first_day = c.valid_from
                where
                    a = -1
                    and b between 1 and 2
                    or c in (select id from d)
            )
            -- the end

            select * from final
        "#]],
    );
}

#[test]
fn jinja_blocks_are_indented_and_keep_what_touches_them() {
    check(
        "select
{% for m in methods %}
sum(case when m='{{m}}' then 1 end) as {{m}}_n{% if not loop.last %},{% endif %}
{%- endfor %}
from {{ ref('x') }}
{% if is_incremental() %}
where at > (select max(at) from {{ this }})
{% else %}
where true
{% endif %}
group by 1
{% if not last %}union all{% endif %}",
        &expect![[r#"
            select
                {% for m in methods %}
                    sum(
                        case when m = '{{ m }}' then 1 end
                    ) as {{ m }}_n{% if not loop.last %},{% endif %}
                {%- endfor %}
            from {{ ref('x') }}
            {% if is_incremental() %}
                where at > (select max(at) from {{ this }})
            {% else %}
                where true
            {% endif %}
            group by 1
            {% if not last %}union all{% endif %}
        "#]],
    );
}

#[test]
fn what_is_no_query_keeps_its_white_space() {
    check(
        "{%macro cents(x)-%}
   ({{x}}  /  100)
{%- endmacro%}
{% macro days() %}
    select   1 as day
{% endmacro %}
{% set q %}
   select   1
{% endset %}
{% raw %}  {{ a }}  {% endraw %}
delete   from x;
select   1",
        &expect![[r"
            {% macro cents(x) -%}
               ({{ x }}  /  100)
            {%- endmacro %}
            {% macro days() %}
                select 1 as day
            {% endmacro %}
            {% set q %}
               select   1
            {% endset %}
            {% raw %}  {{ a }}  {% endraw %}
            delete   from x;
            select 1
        "]],
    );
}

#[test]
fn broken_text_is_left_alone_and_said_so() {
    check(
        "select  (a from x",
        &expect![[r#"
            select  (a from x-- "(": `(` has no counterpart
        "#]],
    );
    check(
        "select  'a from x",
        &expect![[r#"
            select  'a from x-- "'": it has a string or a comment that never ends
        "#]],
    );
    check(
        "select  {{ ref('a' }}",
        &expect![[r#"
            select  {{ ref('a' }}-- "}}": expected `,` or `)`, found the end of the tag
        "#]],
    );
}

#[test]
fn one_broken_macro_does_not_cost_the_next() {
    check(
        "{% macro a() %}\n  select  (1\n{% endmacro %}\n{% macro b() %}\n  select  1\n{% endmacro %}",
        &expect![[r#"
            {% macro a() %}
              select  (1
            {% endmacro %}
            {% macro b() %}
                select 1
            {% endmacro %}-- "(": `(` has no counterpart
        "#]],
    );
}

#[test]
fn settings_are_those_of_sqlfluff() {
    check_with(
        "[sqlfluff]
max_line_length = 30
[sqlfluff:indentation]
tab_space_size = 2
[sqlfluff:layout:type:comma]
line_position = leading
[sqlfluff:rules:capitalisation.keywords]
capitalisation_policy = upper",
        "select a,
coalesce(first_name, last_name, 'x') as name, \"from\"
from t where a is not null",
        &expect![[r#"
            SELECT
              a
              , coalesce(
                first_name, last_name, 'x'
              ) AS name
              , "from"
            FROM t
            WHERE a IS NOT NULL
        "#]],
    );
}

#[test]
fn line_ends_and_the_mark_of_the_encoding_stay() {
    let config = StyleConfig::default();
    let formatted = format("\u{feff}select  1\r\nas id", &config);
    assert_eq!(
        formatted.text.as_deref(),
        Some("\u{feff}select 1 as id\r\n")
    );
}

#[test]
fn places_are_those_of_the_text_as_it_is() {
    let text = "\u{feff}select\r\n(\r\n1";
    let left = format(text, &StyleConfig::default()).left_alone;
    assert_eq!(left.first().map(|it| it.range.of(text)), Some("("));
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "-- noqa: disable=all
select a, -- noqa: LT01
  /* why */ b
  -- before c
  , c
from x -- noqa
where /* all */ true",
        &expect![[r"
            -- noqa: disable=all
            select
                a, -- noqa: LT01
                /* why */ b
                -- before c
                , c
            from x -- noqa
            where /* all */ true
        "]],
    );
}
