{{ config(incremental_strategy='merge', unique_key='id', incremental_predicates=["DBT_INTERNAL_DEST.amount > 25"]) }}
select id, region, amount from {{ ref('current') }}
