select
    movement_id,
    product_id,
    warehouse_id,
    moved_at,
    cast(moved_at as date) as moved_on,
    quantity,
    kind,
    order_item_id
from {{ ref('raw_inventory_movements') }}
