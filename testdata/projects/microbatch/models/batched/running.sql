{{ config(batch_size='day', full_refresh=false) }}
select id, happened_at, {% if is_incremental() %}(select count(*) from {{ this }}){% else %}0{% endif %} as n_before
from {{ ref('raw_events') }}
