{{ config(materialized=var('kind')) }}
select n, label from {{ ref('numbers') }} where n < 4
