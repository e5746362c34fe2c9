{{ config(materialized='table') }}

with recursive chain as (
    select customer_id, customer_id as first_customer_id, 0 as steps
    from {{ ref('stg_customers') }}
    where referrer_id is null

    union all

    select customers.customer_id, chain.first_customer_id, chain.steps + 1
    from {{ ref('stg_customers') }} as customers
    inner join chain on customers.referrer_id = chain.customer_id
)

select * from chain
