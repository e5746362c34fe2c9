-- depends_on: {{ ref('raw_orders') }}
{%- set open_statuses = ['placed', 'shipped'] %}

select
    order_id,
    customer_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    status,
    status in ({% for s in open_statuses %}'{{ s }}'{% if not loop.last %}, {% endif %}{% endfor %}) as is_open,
    channel,
    currency,
    coupon_code,
    {{ cents_to_amount('shipping_cents') }} as shipping_amount,
    ship_country,
    {{ clean_text('note') }} as note,
    updated_at
from {{ source('shop', 'orders') }}
