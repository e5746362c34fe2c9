select
    spend.ad_spend_key,
    spend.spent_on,
    spend.campaign_id,
    campaigns.channel,
    spend.impressions,
    spend.clicks,
    spend.cost,
    {{ ratio('spend.clicks', 'spend.impressions', 5) }} as click_rate
from {{ ref('stg_ad_spend') }} as spend
left join {{ ref('stg_campaigns') }} as campaigns using (campaign_id)
