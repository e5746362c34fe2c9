{{ config(materialized='ephemeral') }}

select
    product_id,
    {% for days in [30, 90] -%}
    coalesce(sum(-quantity) filter (where moved_on > date '{{ var("stock_date", "2025-09-30") }}' - {{ days }}), 0) as sold_{{ days }}_days,
    {% endfor -%}
    sum(-quantity) as sold_ever
from {{ ref('stg_inventory_movements') }}
where kind = 'sale'
group by product_id
