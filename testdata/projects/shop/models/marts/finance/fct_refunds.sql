select
    refunds.refund_id,
    refunds.payment_id,
    refunds.order_id,
    refunds.amount as original_amount,
    round(refunds.amount * payments.amount / nullif(payments.original_amount, 0), 2)::decimal(18, 2) as amount,
    refunds.reason,
    refunds.refunded_at
from {{ ref('stg_refunds') }} as refunds
left join {{ ref('int_payments_converted') }} as payments using (payment_id)
