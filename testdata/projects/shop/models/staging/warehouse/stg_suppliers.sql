select supplier_id, name as supplier_name, country_code, lead_time_days
from {{ ref('raw_suppliers') }}
