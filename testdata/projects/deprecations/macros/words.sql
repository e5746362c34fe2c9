{% macro word() %}{% endmacro %}
{% set beside = 1 %}
{% if true %}a{% endif %}
