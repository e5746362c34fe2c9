{# One row per day from `start` to `end`, both included; both are ISO dates. #}
{% macro day_spine(start, end) -%}
    {{ return(adapter.dispatch('day_spine', 'calendar_kit')(start, end)) }}
{%- endmacro %}

{% macro default__day_spine(start, end) -%}
    with recursive spine as (
        select cast('{{ start }}' as date) as day
        union all
        select cast(day + interval '1 day' as date) from spine where day < cast('{{ end }}' as date)
    )
    select day from spine
{%- endmacro %}

{% macro duckdb__day_spine(start, end) -%}
    select cast(moment as date) as day
    from generate_series(timestamp '{{ start }}', timestamp '{{ end }}', interval '1 day') as spine(moment)
{%- endmacro %}


{% macro first_day_of_week(day) -%}
    {%- set offsets = {'monday': 0, 'sunday': 1} -%}
    {%- set starts_on = var('week_starts_on') -%}
    {%- if starts_on not in offsets -%}
        {{ exceptions.raise_compiler_error("week_starts_on must be one of " ~ offsets.keys() | join(', ') ~ ", not '" ~ starts_on ~ "'") }}
    {%- endif -%}
    cast(date_trunc('week', {{ day }} + {{ offsets[starts_on] }}) - interval '{{ offsets[starts_on] }} days' as date)
{%- endmacro %}


{% macro fiscal_year(day) -%}
    {{ return(adapter.dispatch('fiscal_year', 'calendar_kit')(day)) }}
{%- endmacro %}

{% macro default__fiscal_year(day) -%}
    {%- set starts = var('fiscal_year_starts') | int -%}
    cast(extract('year' from {{ day }}{% if starts > 1 %} + interval '{{ 13 - starts }} months'{% endif %}) as integer)
{%- endmacro %}


{% macro is_weekend(day) -%}
    (extract('isodow' from {{ day }}) > 5)
{%- endmacro %}
