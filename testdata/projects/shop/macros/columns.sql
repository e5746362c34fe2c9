{# `name as name` pairs from keyword arguments, in order: `rename(id='customer_id')`. #}
{% macro rename() -%}
    {%- for new_name, expression in kwargs.items() -%}
        {{ expression }} as {{ new_name }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# True if any of the given conditions is: `any_of('a > 1', 'b is null')`. #}
{% macro any_of() -%}
    {%- if not varargs -%}{{ return('false') }}{%- endif -%}
    ({{ varargs | join(' or ') }})
{%- endmacro %}


{# A sum per value: `pivot_sum('method', ['card', 'paypal'], 'amount', suffix='_amount')`. #}
{% macro pivot_sum(column, values, amount, prefix='', suffix='') -%}
    {%- set pieces = [] -%}
    {%- for value in values -%}
        {%- set name = prefix ~ (value | lower | replace(' ', '_')) ~ suffix -%}
        {%- do pieces.append("sum(case when " ~ column ~ " = '" ~ value ~ "' then " ~ amount ~ " else 0 end) as " ~ name) -%}
    {%- endfor -%}
    {{ return(pieces | join(',\n    ')) }}
{%- endmacro %}


{# A stable key of several columns; null and the empty string differ. #}
{% macro hash_key(columns) -%}
    {%- set parts = namespace(sql=[]) -%}
    {%- for column in columns -%}
        {%- set parts.sql = parts.sql + ["coalesce(cast(" ~ column ~ " as varchar), '~')"] -%}
    {%- endfor -%}
    md5({{ parts.sql | join(" || '|' || ") }})
{%- endmacro %}


{# Wraps the body of a call block as a CTE: {% raw %}{% call cte('x') %} select 1 {% endcall %}{% endraw %} #}
{% macro cte(name, last=false) -%}
{{ name }} as (
    {{ caller() | trim }}
){{ ',' if not last }}
{%- endmacro %}


{# Trimmed text, null when nothing is left. #}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}
