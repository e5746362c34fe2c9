-- SYNTAX TEST "source.sql" "statements, expressions and what dbt gives templates"

{%- macro cents(column, digits=2) -%}
-- <-- punctuation.section.embedded.begin.jinja
--^ keyword.operator.whitespace.jinja
--  ^^^^^ storage.type.function.jinja
--        ^^^^^ entity.name.function.jinja
--              ^^^^^^ variable.parameter.jinja
--                      ^^^^^^ variable.parameter.jinja
--                             ^ constant.numeric.jinja
--                                ^ keyword.operator.whitespace.jinja
--                                 ^^ punctuation.section.embedded.end.jinja
{% endmacro %}{% test positive(model, column_name) %}{% endtest %}
-- ^^^^^^^^ storage.type.function.jinja
--               ^^^^ storage.type.function.jinja
--                    ^^^^^^^^ entity.name.function.jinja
--                             ^^^^^ variable.parameter.jinja
--                                                      ^^^^^^^ storage.type.function.jinja
{% materialization t, adapter='duckdb' %}{% endmaterialization %}
-- ^^^^^^^^^^^^^^^ storage.type.function.jinja
--                    ^^^^^^^ variable.parameter.jinja
--                                          ^^^^^^^^^^^^^^^^^^ storage.type.function.jinja
{% materialization t, default %}
--                    ^^^^^^^ constant.language.jinja
{% snapshot orders %}{% endsnapshot %}{% docs orders %}{% enddocs %}
-- ^^^^^^^^ storage.type.block.jinja
--          ^^^^^^ entity.name.type.jinja
--                      ^^^^^^^^^^^ storage.type.block.jinja
--                                       ^^^^ storage.type.block.jinja
--                                                        ^^^^^^^ storage.type.block.jinja
{% call(row) statement('main', fetch_result=True) %}{% endcall %}
-- ^^^^ keyword.control.jinja
--      ^^^ variable.parameter.jinja
--           ^^^^^^^^^ support.function.builtin.jinja
--                             ^^^^^^^^^^^^ variable.parameter.jinja
--                                          ^^^^ constant.language.jinja
--                                                     ^^^^^^^ keyword.control.jinja
{% filter upper %}{% endfilter %}{% raw %}{{ a }}{% endraw %}
-- ^^^^^^ keyword.control.filter.jinja
--        ^^^^^ support.function.filter.jinja
--                   ^^^^^^^^^ keyword.control.jinja
--                                  ^^^ keyword.control.raw.jinja
--                                        ^^^^^^^ meta.raw.jinja - meta.embedded.jinja
--                                                  ^^^^^^ keyword.control.raw.jinja
{% set ns.found, b = true, none %}{% do rows.append(1) %}{% set text %}{% endset %}
-- ^^^ keyword.control.set.jinja
--        ^^^^^ variable.other.assignment.jinja
--               ^ variable.other.assignment.jinja
--                   ^^^^ constant.language.jinja
--                         ^^^^ constant.language.jinja
--                                   ^^ keyword.control.jinja
--                                      ^^^^ variable.other.jinja
--                                           ^^^^^^ entity.name.function.member.jinja
--                                                              ^^^^ variable.other.assignment.jinja
--                                                                        ^^^^^^ keyword.control.jinja
{% for k, v in d.items() if v is not none recursive %}{% break %}{% endfor %}
-- ^^^ keyword.control.loop.jinja
--     ^ variable.other.assignment.jinja
--        ^ variable.other.assignment.jinja
--          ^^ keyword.control.loop.jinja
--                       ^^ keyword.control.conditional.jinja
--                               ^^^ keyword.operator.logical.jinja
--                                   ^^^^ support.function.test.jinja
--                                        ^^^^^^^^^ keyword.control.loop.jinja
--                                                       ^^^^^ keyword.control.loop.jinja
--                                                                  ^^^^^^ keyword.control.loop.jinja
{% if execute and adapter.type() == 'duckdb' %}{% elif not x %}{% else %}{% endif %}
-- ^^ keyword.control.conditional.jinja
--    ^^^^^^^ variable.language.jinja
--            ^^^ keyword.operator.logical.jinja
--                ^^^^^^^ variable.language.jinja
--                        ^^^^ entity.name.function.member.jinja
--                               ^^ keyword.operator.comparison.jinja
--                                  ^^^^^^^^ string.quoted.single.jinja
--                                                ^^^^ keyword.control.conditional.jinja
--                                                     ^^^ keyword.operator.logical.jinja
--                                                                ^^^^ keyword.control.conditional.jinja
--                                                                          ^^^^^ keyword.control.conditional.jinja
select {{ my_package.f(var("x", 'a\'b'), 1.5e3) ~ target.name | lower | default('y') }}
--        ^^^^^^^^^^ variable.other.jinja
--                   ^ entity.name.function.member.jinja
--                     ^^^ support.function.builtin.jinja
--                         ^^^ string.quoted.double.jinja
--                                ^^ constant.character.escape.jinja
--                                       ^^^^^ constant.numeric.jinja
--                                              ^ keyword.operator.concatenation.jinja
--                                                ^^^^^^ variable.language.jinja
--                                                       ^^^^ variable.other.property.jinja
--                                                            ^ keyword.operator.filter.jinja
--                                                              ^^^^^ support.function.filter.jinja
{{ config(materialized='table', this=this, a=source) }} {{ this.schema }} {{ ref }}
-- ^^^^^^ support.function.builtin.jinja
--        ^^^^^^^^^^^^ variable.parameter.jinja
--                              ^^^^ variable.parameter.jinja
--                                   ^^^^ variable.language.jinja
--                                           ^^^^^^ variable.other.jinja
--                                                         ^^^^ variable.language.jinja
--                                                              ^^^^^^ variable.other.property.jinja
--                                                                           ^^^ variable.other.jinja
{%
-- <-- punctuation.section.embedded.begin.jinja
  set y = [ '{{ a }}', "{% if b %}" ]
--^^^ keyword.control.set.jinja
--          ^ string.quoted.single.jinja
--              ^ string.quoted.single.jinja meta.embedded.jinja meta.expression.jinja variable.other.jinja
--                         ^^ string.quoted.double.jinja meta.embedded.jinja meta.statement.jinja keyword.control.conditional.jinja
+%}
-- <- keyword.operator.whitespace.jinja
-- <~-- punctuation.section.embedded.end.jinja
{#- a comment, with {{ a tag }} -#} select
-- <--- punctuation.definition.comment.jinja
--                  ^^^^ comment.block.jinja - meta.embedded.jinja
--                              ^^^ punctuation.definition.comment.jinja
--                                  ^^^^^^ keyword.other.DML.sql - meta.embedded.jinja
