-- Which products are bought together?
{% set at_least = 4 %}

select
    a.product_id,
    b.product_id as bought_with,
    count(*) as orders
from {{ ref('fct_order_items') }} as a
inner join {{ ref('fct_order_items') }} as b
    on a.order_id = b.order_id and a.product_id < b.product_id
group by 1, 2
having count(*) >= {{ at_least }}
order by orders desc, 1, 2
