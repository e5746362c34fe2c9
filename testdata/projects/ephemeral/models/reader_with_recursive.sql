with recursive counting as (
    select min(id) as n from {{ ref('one') }}
    union all
    select n + 1 from counting where n < 4
)
select * from counting
