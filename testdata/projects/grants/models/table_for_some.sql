{{ config(materialized='table', grants={'select': readers(), 'update': ['bea']}) }}
select * from {{ ref('colours') }}
