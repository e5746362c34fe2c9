select
    coupons.coupon_code,
    coupons.kind,
    count(orders.order_id) as uses,
    sum(facts.goods_amount) as goods_amount,
    count(orders.order_id) filter (where orders.ordered_on not between coupons.valid_from and coupons.valid_until) as uses_out_of_date
from {{ ref('stg_coupons') }} as coupons
left join {{ ref('stg_orders') }} as orders on coupons.coupon_code = upper(orders.coupon_code)
left join {{ ref('fct_orders') }} as facts using (order_id)
group by coupons.coupon_code, coupons.kind
