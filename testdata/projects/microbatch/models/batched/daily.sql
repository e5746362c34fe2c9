{{ config(
    batch_size='day',
    pre_hook="insert into {{ target.schema }}.hook_log values ('before daily')",
    post_hook="insert into {{ target.schema }}.hook_log values ('after daily')",
) }}
select id, happened_at, amount, '{{ model.batch.id if model.batch }}' as batch, '{{ model.batch.event_time_start if model.batch }}' as batch_start,
    '{{ model.batch.event_time_end.isoformat() if model.batch }}' as batch_end, {{ is_incremental() }} as was_there
from {{ ref('raw_events') }}
{% if model.batch and model.batch.id in var('broken') %}where no_such_column{% endif %}
