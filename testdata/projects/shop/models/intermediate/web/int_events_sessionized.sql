with gaps as (
    select
        *,
        coalesce(
            date_diff('minute', lag(event_at) over visits, event_at) > {{ var('session_gap_minutes') }},
            true
        ) as starts_session
    from {{ ref('stg_page_events') }}
    window visits as (partition by visitor_id order by event_at, event_id)
)

select
    * exclude (starts_session),
    visitor_id || '-' || cast(sum(starts_session::integer) over (
        partition by visitor_id order by event_at, event_id
        rows between unbounded preceding and current row
    ) as varchar) as session_id
from gaps
