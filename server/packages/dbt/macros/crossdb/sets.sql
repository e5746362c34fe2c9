{#-
  Set operators, and sets of rows made from nothing.
-#}

{% macro except() %}
  {{ return(adapter.dispatch('except', 'dbt')()) }}
{% endmacro %}

{% macro default__except() %}
    except
{% endmacro %}


{% macro intersect() %}
  {{ return(adapter.dispatch('intersect', 'dbt')()) }}
{% endmacro %}

{% macro default__intersect() %}
    intersect
{% endmacro %}


{#- One column, `generated_number`, counting from 1 to the bound. -#}
{% macro generate_series(upper_bound) %}
  {{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{% endmacro %}

{#- In any SQL: one bit per cross-joined pair of rows, added up and cut off at the bound. -#}
{% macro default__generate_series(upper_bound) %}
  {%- set bits = dbt.get_powers_of_two(upper_bound) -%}
  {%- set terms = [] -%}
  {%- set tables = [] -%}
  {%- for bit in range(bits) -%}
    {%- do terms.append('p' ~ bit ~ '.generated_number * power(2, ' ~ bit ~ ')') -%}
    {%- do tables.append('p as p' ~ bit) -%}
  {%- endfor %}
    with p as (
        select 0 as generated_number union all select 1
    ), unioned as (
        select
        {{ terms | join(' + ') }} + 1 as generated_number
        from
        {{ tables | join(' cross join ') }}
    )
    select *
    from unioned
    where generated_number <= {{ upper_bound }}
    order by generated_number
{% endmacro %}


{#- The smallest number of bits, at least one, that counts up to the bound. -#}
{% macro get_powers_of_two(upper_bound) %}
  {{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{% endmacro %}

{% macro default__get_powers_of_two(upper_bound) %}
  {%- if upper_bound <= 0 -%}
    {%- do exceptions.raise_compiler_error('upper bound must be positive') -%}
  {%- endif -%}
  {%- for bits in range(1, 100) if upper_bound <= 2 ** bits -%}
    {{ return(bits) }}
  {%- endfor -%}
{% endmacro %}
