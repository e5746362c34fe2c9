-- depends_on: {{ ref('raw_products') }}
select
    product_id,
    sku,
    split_part(sku, '-', 1) as sku_group,
    name as product_name,
    category_id,
    supplier_id,
    unit_cost,
    list_price,
    weight_grams,
    is_active,
    launched_on,
    discontinued_on
from {{ source('shop', 'products') }}
