{{ config(materialized='table') }}
{% call set_sql_header(config) %}
create or replace temporary macro add_one(x) as x + 1;
{%- endcall %}
select add_one(41) as n
