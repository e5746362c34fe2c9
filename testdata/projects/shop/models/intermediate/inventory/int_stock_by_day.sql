with daily as (
    select product_id, warehouse_id, moved_on, sum(quantity) as moved
    from {{ ref('stg_inventory_movements') }}
    group by all
)

select
    product_id,
    warehouse_id,
    moved_on,
    moved,
    sum(moved) over (
        partition by product_id, warehouse_id
        order by moved_on
        rows between unbounded preceding and current row
    ) as on_hand
from daily
