{% macro who() %}lower{% endmacro %}
{% macro who_calls_who() %}{{ who() }}{% endmacro %}
{% macro qualified_who() %}{{ lower.who() }}{% endmacro %}

{% macro dispatched() %}{{ return(adapter.dispatch('dispatched', 'lower')()) }}{% endmacro %}
{% macro default__dispatched() %}lower{% endmacro %}
{% macro duckdb__dispatched() %}lower on duckdb{% endmacro %}

{% macro by_search_order() %}{{ return(adapter.dispatch('by_search_order', 'lower')()) }}{% endmacro %}
{% macro default__by_search_order() %}lower{% endmacro %}

{% macro show_vars() %}{{ var('shared') }}; {{ var('for_lower', 'not set') }}{% endmacro %}
