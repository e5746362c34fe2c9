with cohorts as (
    select customer_id, date_trunc('month', first_order_at)::date as cohort_month
    from {{ ref('dim_customers') }}
    where orders > 0
),

activity as (
    select distinct
        cohorts.cohort_month,
        cohorts.customer_id,
        date_diff('month', cohorts.cohort_month, date_trunc('month', orders.ordered_on)::date) as months_later
    from cohorts
    inner join {{ ref('fct_orders') }} as orders using (customer_id)
    where orders.status <> 'cancelled'
)

select
    cohort_month,
    months_later,
    count(*) as customers,
    {{ ratio('count(*)', 'first_value(count(*)) over (partition by cohort_month order by months_later)') }} as retained
from activity
group by cohort_month, months_later
