select
    events.session_id,
    events.visitor_id,
    identities.customer_id,
    min(events.event_at) as started_at,
    max(events.event_at) as ended_at,
    count(*) as events,
    arg_min(events.device, events.event_id) as device,
    bool_or(events.event_type = 'add_to_cart') as has_cart,
    bool_or(events.event_type = 'checkout') as has_checkout,
    attribution.attributed_to,
    attribution.campaign_id
from {{ ref('int_events_sessionized') }} as events
inner join {{ ref('int_session_attribution') }} as attribution using (session_id)
left join {{ ref('stg_visitor_identities') }} as identities using (visitor_id)
group by events.session_id, events.visitor_id, identities.customer_id, attribution.attributed_to, attribution.campaign_id
