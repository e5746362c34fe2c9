{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='order_id',
        on_schema_change='append_new_columns',
        merge_exclude_columns=['first_loaded_as'],
        pre_hook=log_step('orders: before'),
        post_hook=[
            "{{ log_step('orders: after') }}",
            {'sql': "analyze {{ this }}", 'transaction': false},
        ],
    )
}}

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.status,
    orders.channel,
    orders.ship_country,
    coalesce(totals.line_count, 0) as line_count,
    totals.goods_amount,
    totals.goods_cost,
    {{ to_reporting_currency('orders.shipping_amount', 'rates.rate_to_eur') }} as shipping_amount,
    totals.goods_amount + {{ to_reporting_currency('orders.shipping_amount', 'rates.rate_to_eur') }} as gross_amount,
    coalesce(payments.paid_amount, 0) as paid_amount,
    round(coalesce(refunds.refunded_amount, 0), 2)::decimal(18, 2) as refunded_amount,
    totals.goods_amount >= {{ var('large_order_from') }} as is_large,
    firsts.order_id is not null as is_first_order,
    '{{ 'increment' if is_incremental() else 'full' }}' as first_loaded_as,
    orders.updated_at
from {{ ref('stg_orders') }} as orders
left join {{ ref('int_order_totals') }} as totals using (order_id)
left join {{ ref('int_payments_by_order') }} as payments using (order_id)
left join {{ ref('int_refunds_by_order') }} as refunds using (order_id)
left join {{ ref('int_first_orders') }} as firsts using (order_id)
left join {{ ref('stg_exchange_rates') }} as rates
    on orders.currency = rates.currency
    and date_trunc('month', orders.ordered_on) = rates.valid_month
where orders.updated_at < timestamp '{{ var("load_through") }}' + interval '60 days'
{% if is_incremental() %}
    -- a week back, for orders that changed late
    and orders.updated_at >= (select max(updated_at) - interval '7 days' from {{ this }})
{% endif %}
