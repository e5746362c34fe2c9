-- depends_on: {{ ref('raw_order_items') }}
select
    order_item_id,
    order_id,
    product_id,
    quantity,
    unit_price,
    discount,
    cast(round(quantity * unit_price * (1 - discount), 2) as decimal(18, 2)) as line_amount
from {{ source('shop', 'order_items') }}
