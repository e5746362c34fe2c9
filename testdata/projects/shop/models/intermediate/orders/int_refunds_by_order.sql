select
    order_id,
    sum(refunds.amount * rates.rate) as refunded_amount,
    count(*) as refunds
from {{ ref('stg_refunds') }} as refunds
inner join (
    select payment_id, max(amount / nullif(original_amount, 0)) as rate
    from {{ ref('int_payments_converted') }}
    group by payment_id
) as rates using (payment_id)
group by order_id
