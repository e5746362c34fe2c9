{{ config(materialized='view', group='finance', access='protected') }}

select
    payments.* exclude (amount),
    payments.amount as original_amount,
    {{ to_reporting_currency('payments.amount') }} as amount
from {{ ref('stg_payments') }} as payments
inner join {{ ref('stg_orders') }} as orders using (order_id)
left join {{ ref('stg_exchange_rates') }} as rates
    on payments.currency = rates.currency
    -- the rate of the order's month, so that an order paid later is not off by the change
    and date_trunc('month', orders.ordered_on) = rates.valid_month
