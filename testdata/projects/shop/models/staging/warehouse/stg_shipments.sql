select
    shipment_id,
    order_id,
    warehouse_id,
    carrier,
    shipped_at,
    delivered_at,
    {{ dbt.datediff('shipped_at', 'delivered_at', 'hour') }} as hours_in_transit
from {{ ref('raw_shipments') }}
