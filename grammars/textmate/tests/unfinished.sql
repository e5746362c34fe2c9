-- SYNTAX TEST "source.sql" "a tag that is being written takes no more than it must"

select {{ ref('stg_orders
--        ^^^ support.function.builtin.jinja
--            ^^^^^^^^^^^ string.quoted.single.jinja
from {{ ref(
-- <---- keyword.other.DML.sql - meta.embedded.jinja
--      ^^^ support.function.builtin.jinja
where id in (select id from orders)
-- <----- keyword.other.DML.sql - meta.embedded.jinja
--                     ^^^^ keyword.other.DML.sql - meta.embedded.jinja
select {{ ref('a }} as name
--            ^^^ string.quoted.single.jinja
--               ^^ punctuation.section.embedded.end.jinja
--                  ^^ keyword.other.alias.sql - meta.embedded.jinja
{% if is_incremental()
-- ^^ keyword.control.conditional.jinja
  and {{ this }}
--       ^^^^ variable.language.jinja
{{ config(meta={'a': 
--        ^^^^ variable.parameter.jinja
{% set x = [
-- ^^^ keyword.control.set.jinja
left join payments on true
-- <--------- - meta.embedded.jinja
--                 ^^ keyword.other.DDL.create.II.sql - meta.embedded.jinja
{% macro f(a,
--       ^ entity.name.function.jinja
--         ^ variable.parameter.jinja
{% endmacro %}
-- ^^^^^^^^ storage.type.function.jinja
{{ f({'a': {'b': 1}}) }} as x
--               ^ constant.numeric.jinja
--                ^^ punctuation.section.braces.jinja
--                    ^^ punctuation.section.embedded.end.jinja
--                       ^^ keyword.other.alias.sql - meta.embedded.jinja
