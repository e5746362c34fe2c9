with inner_cte as (
    select * from {{ ref('one') }}
)
select id + 10 as id, name from inner_cte
