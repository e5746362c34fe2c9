{# Cents to a decimal amount: `cents_to_amount('amount_cents')`. #}
{% macro cents_to_amount(column, scale=2) -%}
    {{ return(adapter.dispatch('cents_to_amount', 'shop')(column, scale)) }}
{%- endmacro %}

{% macro default__cents_to_amount(column, scale) -%}
    round({{ column }} / 100.0, {{ scale }})
{%- endmacro %}

{% macro duckdb__cents_to_amount(column, scale) -%}
    cast({{ column }} / 100.0 as decimal(18, {{ scale }}))
{%- endmacro %}


{# An amount in the reporting currency, given the rate that one unit has in it. #}
{% macro to_reporting_currency(amount, rate='rate_to_eur', scale=2) -%}
    {%- if var('reporting_currency') != 'EUR' -%}
        {{ exceptions.raise_compiler_error("only EUR has exchange rates, not " ~ var('reporting_currency')) }}
    {%- endif -%}
    cast(round({{ amount }} * {{ rate }}, {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro %}


{# A ratio that is null instead of an error where the denominator is zero. #}
{% macro ratio(part, whole, digits=4) -%}
    round({{ part }} / nullif({{ whole }}, 0)::double, {{ digits }})
{%- endmacro %}
