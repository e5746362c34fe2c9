{% macro as_it_is(value) %}{{ return(value ~ '!') }}{% endmacro %}

{# An operation, with arguments. #}
{% macro make_rows(n, name='made') %}
    {% do run_query("create or replace table scratch." ~ name ~ " as select * from range(" ~ n ~ ") as t(id)") %}
    {{ log('made ' ~ n ~ ' rows in ' ~ name, info=true) }}
{% endmacro %}

{% macro fails_on_purpose() %}{{ exceptions.raise_compiler_error('this operation fails on purpose') }}{% endmacro %}

{% macro dbt_utils_like_value(query) %}
    {% call statement('value', fetch_result=true, auto_begin=false) %}{{ query }}{% endcall %}
    {{ return(load_result('value')['data'][0][0]) }}
{% endmacro %}
