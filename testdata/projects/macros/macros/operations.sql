{# Called from the command line. #}
{% macro salute(whom) %}
    {{ return(log("hello " ~ whom, info=true)) }}
{% endmacro %}

{% macro salute_nobody() %}
    {{ exceptions.raise_compiler_error("refused") }}
{% endmacro %}
