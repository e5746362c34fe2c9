{#- Ephemeral, and read by the ephemeral int_order_totals. -#}
select
    items.order_item_id,
    items.order_id,
    items.product_id,
    orders.customer_id,
    orders.ordered_on,
    items.quantity,
    items.discount,
    {{ to_reporting_currency('items.line_amount', 'rates.rate_to_eur') }} as line_amount,
    cast(items.quantity * products.unit_cost as decimal(18, 2)) as line_cost
from {{ ref('stg_order_items') }} as items
inner join {{ ref('stg_orders') }} as orders using (order_id)
inner join {{ ref('stg_products') }} as products on items.product_id = products.product_id
left join {{ ref('stg_exchange_rates') }} as rates
    on orders.currency = rates.currency
    and date_trunc('month', orders.ordered_on) = rates.valid_month
