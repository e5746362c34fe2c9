{% set cover_days = var('cover_days', 45) %}

select
    products.product_id,
    products.sku,
    products.supplier_name,
    stock.on_hand,
    demand.sold_90_days,
    greatest(0, ceil(demand.sold_90_days * {{ cover_days }} / 90.0) - stock.on_hand)::integer as suggested_quantity
from {{ ref('dim_products') }} as products
inner join {{ ref('int_demand') }} as demand using (product_id)
inner join (
    select product_id, sum(on_hand) as on_hand from {{ ref('rpt_stock_levels') }} group by product_id
) as stock using (product_id)
where products.is_active
