{{ config(materialized='ephemeral') }}
select id from {{ source('raw', 'people') }}
