{{ config(materialized='table', grants={'+select': ['bea']}) }}
select * from {{ ref('colours') }}
