{{ config(materialized='incremental') }}
select * from {{ ref('colours') }}
