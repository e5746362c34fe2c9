{{ config(materialized='table') }}
select * from {{ ref('daily') }}
