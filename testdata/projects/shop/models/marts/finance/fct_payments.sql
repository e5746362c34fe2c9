select
    payment_id,
    order_id,
    payment_method,
    currency,
    original_amount,
    amount,
    status,
    paid_at
from {{ ref('int_payments_converted') }}
