{% macro make_source() %}create schema if not exists raw; create or replace table raw.t as select 1 as id{% endmacro %}
