{{ config(materialized='external', format='json') }}
select n, label, [n, n + 1] as both from {{ ref('numbers') }}
