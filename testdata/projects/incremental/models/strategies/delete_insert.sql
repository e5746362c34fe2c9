{{ config(incremental_strategy='delete+insert', unique_key='id') }}
select id, region, amount, note from {{ ref('current') }}
