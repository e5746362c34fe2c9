{{
    config(
        materialized='incremental',
        unique_key=['id', 'day'],
        post_hook="grant select on {{ this }} to reporter",
        meta={'owner': {'team': 'finance'}}
    )
}}

{%- set methods = dbt_utils.get_column_values(ref('raw_payments'), 'method', default=[]) | sort -%}
{# a comment of
   two lines, with {{ a tag }} #}
with orders as (
    select * from {{ ref('shop', 'stg_orders', v=2) }} -- and {{ this }} in a comment
),

payments as (
    select
        order_id,
        {% for method in methods if method is not none -%}
        sum(case when payment_method = '{{ method }}' then amount else 0 end) as {{ method | lower | replace(' ', '_') }}_amount
        {{- "," if not loop.last }}
        {% endfor %}
    from {{ source("raw", "payments") }}
    group by 1
)

{% macro cents(column, digits=2) -%}round({{ column }} / 100.0, {{ digits }}){%- endmacro %}
{% raw %}{{ not a tag }}{% endraw %}
select orders.id, {{ dbt.date_trunc('day', 'created_at') }} as day, "{{ var('x') }}" as y
from orders
left join payments on orders.id = payments.order_id
{% if is_incremental() and target.name != "ci" %}
where created_at > (select max(created_at) from {{ this }})
{% else %}
where true
{% endif %}
