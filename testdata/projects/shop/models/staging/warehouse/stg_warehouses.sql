{{ config(materialized='table') }}

select warehouse_id, code as warehouse_code, name as warehouse_name, country_code
from {{ ref('raw_warehouses') }}
