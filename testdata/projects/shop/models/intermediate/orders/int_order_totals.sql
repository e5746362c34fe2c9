select
    order_id,
    count(*) as line_count,
    sum(quantity) as item_count,
    sum(line_amount) as goods_amount,
    sum(line_cost) as goods_cost,
    max(discount) as highest_discount
from {{ ref('int_order_items_priced') }}
group by order_id
