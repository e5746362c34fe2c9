{% macro shout(text) %}{{ louder(text) }}{% endmacro %}
{% macro louder(text) %}upper({{ text }}){% endmacro %}
