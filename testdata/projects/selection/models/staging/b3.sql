{{ config(materialized='incremental') }} select * from {{ ref('a2') }}
