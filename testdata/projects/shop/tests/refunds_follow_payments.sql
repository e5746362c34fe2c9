{{ config(severity='warn', store_failures=true, alias='refunds_before_their_payment') }}

select refunds.refund_id, refunds.refunded_at, payments.paid_at
from {{ ref('fct_refunds') }} as refunds
inner join {{ ref('fct_payments') }} as payments using (payment_id)
where refunds.refunded_at < payments.paid_at
