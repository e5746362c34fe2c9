-- depends_on: {{ ref("raw_events") }}
{{ config(batch_size='hour', lookback=3, begin='2024-01-02T06:00', concurrent_batches=false) }}
select id, happened_at, amount, '{{ model.batch.id if model.batch }}' as batch from {{ source('raw', 'events') }}
