select id, count(*) as n from {{ ref('stg_payments') }} group by id
