-- depends_on: {{ ref('raw_payments') }}
select
    payment_id,
    order_id,
    method as payment_method,
    {{ cents_to_amount('amount_cents') }} as amount,
    currency,
    status,
    status in {{ "('" ~ var('captured_statuses') | join("', '") ~ "')" }} as is_captured,
    created_at as paid_at
from {{ source('payments', 'payments') }}
