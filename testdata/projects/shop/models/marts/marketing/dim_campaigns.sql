select
    campaigns.*,
    ended_on is null as is_running,
    coalesce(ended_on, date '2025-09-30') - started_on + 1 as days_planned
from {{ ref('stg_campaigns') }} as campaigns
