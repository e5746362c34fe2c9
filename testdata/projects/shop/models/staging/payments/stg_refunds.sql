-- depends_on: {{ ref('raw_refunds') }}
select
    refund_id,
    payment_id,
    order_id,
    {{ cents_to_amount('amount_cents') }} as amount,
    coalesce(reason, 'not given') as reason,
    refunded_at
from {{ source('payments', 'refunds') }}
