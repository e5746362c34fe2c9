{% macro label() %}'real'{% endmacro %}
