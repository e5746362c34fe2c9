{{ config(materialized='view') }}

with {% call cte('placed') %}
    select * from {{ ref('stg_orders') }} where status <> 'cancelled'
{% endcall %}

{% call cte('totals', last=true) %}
    select order_id, goods_amount from {{ ref('int_order_totals') }}
{% endcall %}

select
    placed.customer_id,
    count(*) as orders,
    sum(totals.goods_amount) as goods_amount,
    min(placed.ordered_at) as first_order_at,
    max(placed.ordered_at) as last_order_at,
    count(*) filter (where placed.channel = 'app') as app_orders
from placed
left join totals using (order_id)
group by placed.customer_id
