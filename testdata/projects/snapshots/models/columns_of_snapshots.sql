-- depends_on: {{ ref('history') }}
{{ config(materialized='table') }}
select table_schema, table_name, column_name, data_type, ordinal_position
from information_schema.columns
where table_catalog = 'kept' and table_name not like '%dbt_tmp%'
