{# Replaces the built-in cross-database macro, also for callers that say `dbt.`-less `concat`. #}
{% macro default__concat(fields) %}concat_ws('+', {{ fields | join(', ') }}){% endmacro %}

{# A project may wrap `ref`; the built-in one stays reachable. #}
{% macro ref(model_name) %}
    {% do return(builtins.ref(model_name)) %}
{% endmacro %}
