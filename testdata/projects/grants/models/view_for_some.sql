{{ config(materialized='view', grants={'select': readers()}) }}
select * from {{ ref('colours') }}
