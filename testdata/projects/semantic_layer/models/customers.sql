{{ config(materialized='view', group='finance') }}
select distinct customer_id from {{ ref('raw_orders') }}
