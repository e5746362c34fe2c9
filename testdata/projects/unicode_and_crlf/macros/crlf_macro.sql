{% macro double_it(x) %}
    {{ x }} * 2
{% endmacro %}
