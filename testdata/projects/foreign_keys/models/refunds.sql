-- depends_on: {{ ref('orders') }}
select 10 as order_id
