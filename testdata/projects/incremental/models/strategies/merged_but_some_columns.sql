{{ config(incremental_strategy='merge', unique_key='id', merge_exclude_columns=['note', 'region']) }}
select id, region, amount, note from {{ ref('current') }}
