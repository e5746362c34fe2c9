select
    products.product_id,
    products.product_name,
    count(views.event_id) as views,
    count(distinct views.session_id) as sessions,
    rank() over (order by count(views.event_id) desc) as popularity
from {{ ref('dim_products') }} as products
left join {{ ref('fct_page_views') }} as views using (product_id)
group by products.product_id, products.product_name
