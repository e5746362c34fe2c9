select
    products.product_id,
    products.sku,
    products.product_name,
    categories.category_path,
    categories.department,
    suppliers.supplier_name,
    products.list_price,
    products.unit_cost,
    {{ ratio('(products.list_price - products.unit_cost)', 'products.list_price') }} as margin,
    products.is_active,
    products.weight_grams / 1000.0 as weight_kg
from {{ ref('stg_products') }} as products
left join {{ ref('stg_categories') }} as categories using (category_id)
left join {{ ref('stg_suppliers') }} as suppliers using (supplier_id)
