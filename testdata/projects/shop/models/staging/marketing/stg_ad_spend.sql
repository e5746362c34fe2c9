{{ config(tags='marketing') }}

select
    {{ hash_key(['spent_on', 'campaign_id']) }} as ad_spend_key,
    spent_on,
    campaign_id,
    impressions,
    clicks,
    coalesce(cost, 0) as cost
from {{ ref('raw_ad_spend') }}
