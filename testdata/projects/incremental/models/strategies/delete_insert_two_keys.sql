{{ config(incremental_strategy='delete+insert', unique_key=['id', 'region']) }}
select id, region, amount from {{ ref('current') }}
