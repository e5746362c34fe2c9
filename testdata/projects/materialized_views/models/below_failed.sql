select count(*) as n from {{ ref('failed') }}
