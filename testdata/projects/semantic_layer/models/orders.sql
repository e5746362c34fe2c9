select order_id, customer_id, ordered_on, amount_cents, is_refund from {{ ref('raw_orders') }}
