{{ config(batch_size='year', concurrent_batches=true, lookback=0) }}
select id, happened_at, '{{ model.batch.id if model.batch }}' as batch, (select count(*) from {{ ref('raw_events').render() }}) as of_all
from {{ ref('daily') }}
