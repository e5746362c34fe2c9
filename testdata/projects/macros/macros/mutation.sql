{# A list given to a macro is the caller's own: what is appended stays. #}
{% macro add_to(list, value) %}{% do list.append(value) %}{% endmacro %}
