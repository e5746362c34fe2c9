{% macro amounts() %}{{ return([20, 40]) }}{% endmacro %}
