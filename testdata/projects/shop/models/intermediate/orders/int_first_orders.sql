select customer_id, order_id, ordered_on as first_ordered_on
from {{ ref('stg_orders') }}
where status <> 'cancelled'
qualify row_number() over (partition by customer_id order by ordered_at, order_id) = 1
