{{ config(incremental_strategy='append') }}
select id, region, amount from {{ ref('current') }}
