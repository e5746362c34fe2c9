{{ config(incremental_strategy='merge', unique_key=['id', 'region']) }}
select id, region, amount from {{ ref('current') }}
