select
    ticket_id,
    order_id,
    customer_id,
    opened_at,
    closed_at,
    priority,
    replace(subject, chr(10), ' ') as subject,
    satisfaction,
    round(date_diff('minute', opened_at, closed_at) / 60.0, 2) as hours_to_close
from {{ ref('raw_support_tickets') }}
