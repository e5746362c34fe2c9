select
    shipments.shipment_id,
    shipments.order_id,
    warehouses.warehouse_code,
    shipments.carrier,
    shipments.shipped_at,
    shipments.delivered_at,
    shipments.hours_in_transit,
    date_diff('hour', orders.ordered_at, shipments.shipped_at) as hours_to_ship,
    shipments.hours_in_transit > {{ var('late_after_hours', 120) }} as is_late
from {{ ref('stg_shipments') }} as shipments
inner join {{ ref('stg_orders') }} as orders using (order_id)
inner join {{ ref('stg_warehouses') }} as warehouses using (warehouse_id)
