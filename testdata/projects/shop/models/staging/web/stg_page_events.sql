select
    event_id,
    visitor_id,
    event_at,
    event_type,
    split_part(url, '?', 1) as path,
    nullif(regexp_extract(url, 'utm_source=([^&]+)', 1), '') as utm_source,
    nullif(regexp_extract(url, 'utm_campaign=([^&]+)', 1), '') as utm_campaign,
    nullif(regexp_extract(referrer, '^https?://([^/]+)', 1), '') as referrer_host,
    device
from {{ source('web', 'page_events') }}
where event_at < timestamp '{{ var("load_through") }}'
