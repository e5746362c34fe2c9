select visitor_id, customer_id, identified_at
from {{ source('web', 'visitor_identities') }}
