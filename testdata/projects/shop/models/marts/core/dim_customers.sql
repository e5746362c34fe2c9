with customers as (
    select * from {{ ref('stg_customers') }}
)

select
    customers.customer_id,
    concat_ws(' ', customers.first_name, customers.last_name) as full_name,
    customers.email,
    countries.country_name,
    countries.region,
    customers.signed_up_at,
    customers.is_opted_in,
    coalesce(orders.orders, 0)::integer as orders,
    coalesce(orders.goods_amount, 0)::decimal(18, 2) as lifetime_amount,
    orders.first_order_at,
    orders.last_order_at,
    coalesce(tickets.open_tickets, 0)::integer as open_tickets,
    chains.steps as referral_steps,
    case
        when coalesce(orders.orders, 0) = 0 then 'prospect'
        when orders.orders = 1 then 'one-time'
        when orders.orders < {{ var('loyal_from', 5) }} then 'repeat'
        else 'loyal'
    end as segment
from customers
left join {{ ref('stg_countries') }} as countries using (country_code)
left join {{ ref('int_customer_orders') }} as orders using (customer_id)
left join {{ ref('int_customer_tickets') }} as tickets using (customer_id)
left join {{ ref('int_referral_chains') }} as chains using (customer_id)
