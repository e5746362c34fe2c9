select return_id, order_item_id, quantity, reason, condition, received_at
from {{ ref('raw_returns') }}
