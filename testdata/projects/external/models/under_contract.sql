{{ config(materialized='external') }}
select n, label from {{ ref('numbers') }}
