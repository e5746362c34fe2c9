{# Seen by every model of the root; a package keeps calling its own. #}
{% macro who() %}root{% endmacro %}
{% macro duckdb__dispatched() %}root on duckdb{% endmacro %}
