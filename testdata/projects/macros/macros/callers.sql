{% macro wrapped(prefix='<', suffix='>') -%}{{ prefix }}{{ caller() | trim }}{{ suffix }}{%- endmacro %}

{# The block takes arguments. #}
{% macro each(items) -%}
    {%- for item in items -%}{{ caller(item, loop.index) }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{# Inside a block, `caller` is the block's own; the outer body has to be taken first. #}
{% macro twice_wrapped() -%}
    {%- set body = caller() | trim -%}
    {%- call wrapped('[', ']') -%}{% call wrapped('(', ')') %}{{ body }}{% endcall %}{%- endcall -%}
{%- endmacro %}
