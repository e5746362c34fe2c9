{{ config(materialized='ephemeral') }} select * from {{ ref('fails_at_runtime') }}
