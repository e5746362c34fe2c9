{% macro make_tables() %}
  create schema if not exists landing;
  create or replace table landing.fresh as select 1 as id, now() - interval 1 hour as loaded_at;
  create or replace table landing.warned as select 1 as id, now() - interval 13 hour as loaded_at;
  create or replace table landing.stale as select 1 as id, now() - interval 3 day as loaded_at;
  create or replace table landing.filtered as
    select 1 as id, now() - interval 1 hour as loaded_at union all select 2, now() - interval 3 day;
  create or replace table landing.never as select 1 as id, null::timestamp as loaded_at;
  create or replace table landing.of_days as select 1 as id, current_date as loaded_at;
  create or replace table landing.without as select 1 as id, now() as loaded_at;
{% endmacro %}
