-- Daily and monthly revenue add up to the same total.
with totals as (
    select
        (select sum(net_revenue) from {{ ref('rpt_revenue_daily') }}) as daily,
        (select sum(net_revenue) from {{ ref('rpt_revenue_monthly') }}) as monthly
)

select * from totals where daily is distinct from monthly
