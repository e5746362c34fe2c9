{{ config(materialized='incremental', incremental_strategy='append') }}
select id, '{{ var('fail') }}' as fail from {{ ref('ids') }}
