{#-
  Cross-database macros that PostgreSQL spells its own way.
-#}

{#- PostgreSQL had no `any_value` before version 16. -#}
{% macro postgres__any_value(expression) -%}
    min({{ expression }})
{%- endmacro %}


{% macro postgres__equals(expr1, expr2) -%}
  {%- if adapter.behavior.enable_truthy_nulls_equals_macro.no_warn -%}
    ({{ expr1 }} IS NOT DISTINCT FROM {{ expr2 }})
  {%- else -%}
    ({{ expr1 }} = {{ expr2 }})
  {%- endif -%}
{%- endmacro %}


{#- The amount may be any expression. -#}
{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) %}
    {{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))
{% endmacro %}


{#- From coarse to fine: the years between, times twelve, and the difference of the months; and so on. -#}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
  {%- set coarser = {
    'quarter': ['year', 4],
    'month': ['year', 12],
    'hour': ['day', 24],
    'minute': ['hour', 60],
    'second': ['minute', 60],
    'millisecond': ['minute', 60000],
    'microsecond': ['minute', 60000000],
  } -%}
  {%- set type = 'date' if datepart in ['year', 'quarter', 'month'] else 'timestamp' -%}
  {%- set first = 'date_part(\'' ~ datepart ~ '\', (' ~ first_date ~ ')::' ~ type ~ ')' -%}
  {%- set second = 'date_part(\'' ~ datepart ~ '\', (' ~ second_date ~ ')::' ~ type ~ ')' -%}
  {%- if datepart == 'year' %}
        ({{ second }} - {{ first }})
  {%- elif datepart == 'day' %}
        (({{ second_date }})::date - ({{ first_date }})::date)
  {%- elif datepart == 'week' -%}
    {#- Weeks begin on Sunday: whole weeks, and one more if a Sunday lies in the rest. #}
        ({{ datediff(first_date, second_date, 'day') }} / 7 + case
            when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp) then
                case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
            else
                case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
        end)
  {%- elif datepart in ['second', 'millisecond', 'microsecond'] %}
        ({{ datediff(first_date, second_date, coarser[datepart][0]) }} * {{ coarser[datepart][1] }} + floor({{ second }}) - floor({{ first }}))
  {%- elif datepart in coarser %}
        ({{ datediff(first_date, second_date, coarser[datepart][0]) }} * {{ coarser[datepart][1] }} + {{ second }} - {{ first }})
  {%- else -%}
    {%- do exceptions.raise_compiler_error("Unsupported datepart for macro datediff in postgres: '" ~ datepart ~ "'") -%}
  {%- endif %}
{%- endmacro %}


{#- A quarter is no unit of an interval. -#}
{% macro postgres__last_day(date, datepart) -%}
  {%- if datepart == 'quarter' -%}
    cast(
        {{ dbt.dateadd('day', '-1', dbt.dateadd('month', '3', dbt.date_trunc(datepart, date))) }}
        as date)
  {%- else -%}
    {{ dbt.default_last_day(date, datepart) }}
  {%- endif -%}
{%- endmacro %}


{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- if limit_num -%}
    array_to_string(
        (array_agg( {{ measure }} {{ order_by_clause if order_by_clause }} ))[1:{{ limit_num }}],
        {{ delimiter_text }}
    )
  {%- else %}
    string_agg( {{ measure }}, {{ delimiter_text }} {{ order_by_clause if order_by_clause }} )
  {%- endif -%}
{%- endmacro %}


{#- Negative parts are understood from version 14 on. -#}
{% macro postgres__split_part(string_text, delimiter_text, part_number) %}
  {% if part_number >= 0 %}
    {{ dbt.default__split_part(string_text, delimiter_text, part_number) }}
  {% else %}
    {{ dbt._split_part_negative(string_text, delimiter_text, part_number) }}
  {% endif %}
{% endmacro %}
