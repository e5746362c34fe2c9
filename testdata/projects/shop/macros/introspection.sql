{#
    The distinct values of a column, from the warehouse.
    While parsing, and before the relation is built, the answer is `default`: a project must parse without a database.
#}
{% macro column_values(relation, column, default=[]) -%}
    {%- if not execute -%}{{ return(default) }}{%- endif -%}
    {%- set existing = load_relation(relation) -%}
    {%- if existing is none -%}{{ return(default) }}{%- endif -%}
    {%- set found = run_query("select distinct " ~ column ~ " as value from " ~ relation ~ " where " ~ column ~ " is not null order by 1") -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}
