{{ config(materialized='table') }}
select orders.id, customers.name, odd."Odd Column" as odd
from {{ source('raw', 'orders') }} as orders
left join {{ source('raw', 'customers') }} as customers on orders.customer = customers.id
cross join {{ source('odd', 'odd_table') }} as odd
cross join {{ source('main', 'in_target_schema') }}
