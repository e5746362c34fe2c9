select carrier, count(*) as parcels, avg(hours_in_transit) as hours
from {{ ref('stg_shipments') }}
where hours_in_transit > {{ var('late_after_hours', 120) }}
group by carrier
