{# The shop's fiscal year starts in February; found before the package's own through `dispatch`. #}
{% macro default__fiscal_year(day) -%}
    cast(extract('year' from {{ day }} + interval '11 months') as integer)
{%- endmacro %}
