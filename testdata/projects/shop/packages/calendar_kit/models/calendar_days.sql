{{ config(tags=['calendar']) }}

with days as (
    {{ calendar_kit.day_spine(var('calendar_start'), var('calendar_end')) }}
)

select
    day,
    extract('year' from day)::integer as year,
    extract('quarter' from day)::integer as quarter,
    extract('month' from day)::integer as month,
    {{ calendar_kit.first_day_of_week('day') }} as week_starts_on,
    {{ calendar_kit.fiscal_year('day') }} as fiscal_year,
    {{ calendar_kit.is_weekend('day') }} as is_weekend
from days
