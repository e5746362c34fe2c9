{{ config(incremental_strategy='delete+insert', unique_key='id', incremental_predicates=["amount < 40"]) }}
select id, region, amount from {{ ref('current') }}
