{{ config(materialized='table') }}
select id, {{ shout("'x'") }} as word from {{ ref('edited') }}
