{{ config(materialized='ephemeral', event_time='happened_at') }}
select *, upper(kind) as kind_name from {{ ref('raw_events') }}
