{% macro make_tables() %}
    create schema if not exists landing;
    create schema if not exists "Odd Schema";
    create or replace table landing.orders as select 1 as id, 10 as customer, date '2024-01-01' as at union all select 2, 11, date '2024-01-02';
    create or replace table landing.customers_2024 as select 10 as id, 'Ann' as name union all select 11, null;
    create or replace table "Odd Schema"."Odd Table" as select 7 as "Odd Column";
    create or replace table main.in_target_schema as select 1 as id
{% endmacro %}
