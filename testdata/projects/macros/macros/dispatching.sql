{# An adapter's own implementation wins over the default. #}
{% macro shout(text) %}{{ return(adapter.dispatch('shout')(text)) }}{% endmacro %}
{% macro default__shout(text) %}{{ text | upper }}{% endmacro %}
{% macro duckdb__shout(text) %}{{ text | upper }}!{% endmacro %}

{# Only a default. #}
{% macro whisper(text) %}{{ return(adapter.dispatch('whisper', 'macros')(text)) }}{% endmacro %}
{% macro default__whisper(text) %}{{ text | lower }}{% endmacro %}

{# Written for another warehouse: never chosen here. #}
{% macro postgres__whisper(text) %}not for duckdb{% endmacro %}
