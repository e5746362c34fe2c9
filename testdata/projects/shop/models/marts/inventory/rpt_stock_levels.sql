select
    stock.product_id,
    products.product_name,
    warehouses.warehouse_code,
    arg_max(stock.on_hand, stock.moved_on) as on_hand,
    max(stock.moved_on) as last_moved_on,
    min(stock.on_hand) < 0 as was_ever_negative
from {{ ref('int_stock_by_day') }} as stock
inner join {{ ref('dim_products') }} as products using (product_id)
inner join {{ ref('stg_warehouses') }} as warehouses using (warehouse_id)
group by stock.product_id, products.product_name, warehouses.warehouse_code
