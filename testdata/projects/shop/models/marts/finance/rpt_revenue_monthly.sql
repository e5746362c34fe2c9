{{ config(tags=['report'], meta={'sla': {'hours': 48}}) }}

select
    date_trunc('month', day)::date as month_starts_on,
    sum(orders) as orders,
    sum(net_revenue) as net_revenue,
    sum(margin) as margin,
    {{ ratio('sum(margin)', 'sum(net_revenue)') }} as margin_share
from {{ ref('rpt_revenue_daily') }}
group by 1
