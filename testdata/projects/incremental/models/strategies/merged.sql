{{ config(incremental_strategy='merge', unique_key='id') }}
select id, region, amount, note from {{ ref('current') }}
