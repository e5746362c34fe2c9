{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['order_id', 'order_item_id'],
        on_schema_change='sync_all_columns',
    )
}}

select
    order_item_id,
    order_id,
    product_id,
    customer_id,
    ordered_on,
    items.quantity,
    line_amount,
    line_cost,
    line_amount - line_cost as line_margin,
    returned.quantity as returned_quantity,
    {{ any_of('discount > 0', 'returned.quantity is not null') }} as needs_a_look
from {{ ref('int_order_items_priced') }} as items
left join (
    select order_item_id, sum(quantity) as quantity from {{ ref('stg_returns') }} group by 1
) as returned using (order_item_id)
where ordered_on < date '{{ var("load_through") }}'
{% if is_incremental() -%}
    and ordered_on > (select max(ordered_on) - interval '30 days' from {{ this }})
{%- endif %}
