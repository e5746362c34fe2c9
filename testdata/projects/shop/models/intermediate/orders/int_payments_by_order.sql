{% set methods = ['card', 'paypal', 'bank_transfer', 'invoice', 'gift_card'] %}

select
    order_id,
    {{ pivot_sum('payment_method', methods, 'amount', suffix='_amount') }},
    sum(amount) as paid_amount,
    count(*) as payments,
    min(paid_at) as first_paid_at
from {{ ref('int_payments_converted') }}
where is_captured
group by order_id
