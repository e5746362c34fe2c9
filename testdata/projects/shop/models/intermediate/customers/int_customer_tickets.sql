select
    customer_id,
    count(*) as tickets,
    count(*) filter (where closed_at is null) as open_tickets,
    min(satisfaction) as lowest_satisfaction
from {{ ref('stg_support_tickets') }}
group by customer_id
