{#- How a session began decides who gets the credit; the first rule that holds wins. -#}
{% set rules = [
    ('paid', "first_utm_source = 'social'"),
    ('email', "first_utm_source = 'newsletter'"),
    ('search', "first_referrer_host like '%google%'"),
    ('referral', 'first_referrer_host is not null'),
] %}

with firsts as (
    select
        session_id,
        arg_min(utm_source, event_id) filter (where utm_source is not null) as first_utm_source,
        arg_min(utm_campaign, event_id) filter (where utm_campaign is not null) as first_utm_campaign,
        arg_min(referrer_host, event_id) filter (where referrer_host is not null) as first_referrer_host
    from {{ ref('int_events_sessionized') }}
    group by session_id
)

select
    session_id,
    first_utm_campaign as campaign_id,
    case
        {%- for name, condition in rules %}
        when {{ condition }} then '{{ name }}'
        {%- endfor %}
        else 'direct'
    end as attributed_to
from firsts
