{% macro who_upper() %}upper{% endmacro %}
{# Stands between root and lower in the search order. #}
{% macro default__by_search_order() %}upper{% endmacro %}
{% macro duckdb__dispatched() %}upper on duckdb{% endmacro %}
