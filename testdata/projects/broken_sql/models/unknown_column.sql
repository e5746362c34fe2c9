{{ config(materialized='table') }}
select
    id,
    nmae
from {{ ref('good') }}
