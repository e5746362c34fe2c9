select is_large, sum(amount) as amount, count(*) as n from {{ ref('classified') }} group by is_large
