with spend as (
    select campaign_id, sum(cost) as cost, sum(clicks) as clicks
    from {{ ref('fct_ad_spend') }}
    group by campaign_id
),

sessions as (
    select campaign_id, count(*) as sessions, count(*) filter (where has_checkout) as checkouts
    from {{ ref('fct_sessions') }}
    where campaign_id is not null
    group by campaign_id
)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.budget,
    coalesce(spend.cost, 0) as cost,
    {{ ratio('spend.cost', 'spend.clicks') }} as cost_per_click,
    coalesce(sessions.sessions, 0) as sessions,
    coalesce(sessions.checkouts, 0) as checkouts,
    coalesce(spend.cost, 0) > campaigns.budget as is_over_budget
from {{ ref('dim_campaigns') }} as campaigns
left join spend using (campaign_id)
left join sessions using (campaign_id)
