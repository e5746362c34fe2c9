{{ config(alias='dim_date') }}

select
    days.*,
    months.working_days as working_days_in_month,
    strftime(days.day, '%Y-W%V') as iso_week
from {{ ref('calendar_kit', 'calendar_days') }} as days
inner join {{ ref('calendar_months') }} as months
    on date_trunc('month', days.day) = months.month_starts_on
