select
    valid_month,
    currency,
    rate_to_eur
from {{ ref('exchange_rates') }}
where rate_to_eur is not null
