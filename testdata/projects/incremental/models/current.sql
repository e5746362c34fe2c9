{{ config(materialized='view') }}
select * from {{ ref('deliveries') }} where batch = {{ var('batch') }}
