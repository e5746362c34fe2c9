{% macro count_arguments(first) %}{{ varargs | length }} more, {{ kwargs | length }} named{% endmacro %}

{% macro show_arguments(first, second='default') -%}
    {{ first }}/{{ second }}
    {%- for value in varargs %}/{{ value }}{% endfor %}
    {%- for name, value in kwargs.items() %}/{{ name }}={{ value }}{% endfor %}
{%- endmacro %}

{% macro forwards() %}{{ show_arguments(*varargs, **kwargs) }}{% endmacro %}

{# A default may be any expression, also one with a var. #}
{% macro greet(name='you', greeting=var('greeting'), times=1 + 1) -%}
    {% for _ in range(times) %}{{ greeting }} {{ name }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
