-- The calendar has exactly the days its vars ask for.
with expected as (
    select date_diff('day', date '{{ var("calendar_start") }}', date '{{ var("calendar_end") }}') + 1 as days
),

found as (
    select count(*) as days from {{ ref('calendar_days') }}
)

select expected.days as expected_days, found.days as found_days
from expected
cross join found
where expected.days <> found.days
