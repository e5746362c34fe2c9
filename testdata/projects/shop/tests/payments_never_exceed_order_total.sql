-- Nobody is charged more than their order is worth (2 cents per line are left to rounding).
{{ config(severity='error', tags=['finance']) }}

select
    order_id,
    gross_amount,
    paid_amount
from {{ ref('fct_orders') }}
where paid_amount > gross_amount + 0.02 * greatest(line_count, 1)
