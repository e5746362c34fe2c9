{{ config(materialized='view') }}

select
    date_trunc('month', day)::date as month_starts_on,
    count(*) as days,
    count(*) filter (where not is_weekend) as working_days
from {{ ref('calendar_days') }}
group by 1
