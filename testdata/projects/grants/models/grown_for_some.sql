{{ config(materialized='incremental', unique_key='id', grants={'select': readers(), 'insert': ['ann']}) }}
select * from {{ ref('colours') }}
