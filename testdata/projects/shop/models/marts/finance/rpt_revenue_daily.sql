{{ config(tags=['daily', 'report']) }}

select
    dates.day,
    dates.fiscal_year,
    count(margins.order_id) as orders,
    coalesce(sum(margins.net_revenue), 0) as net_revenue,
    coalesce(sum(margins.margin), 0) as margin,
    sum(coalesce(sum(margins.net_revenue), 0)) over (partition by dates.fiscal_year order by dates.day) as revenue_this_fiscal_year
from {{ ref('dim_dates') }} as dates
left join {{ ref('fin_order_margins') }} as margins on dates.day = margins.ordered_on
where dates.day <= date '{{ var("load_through") }}'
group by dates.day, dates.fiscal_year
