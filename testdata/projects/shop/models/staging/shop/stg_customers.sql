-- depends_on: {{ ref('raw_customers') }}
with source as (
    select * from {{ source('shop', 'customers') }}
)

select
    {{ rename(customer_id='customer_id', first_name=clean_text('first_name'), last_name=clean_text('last_name')) }},
    lower(email) as email,
    country_code,
    city,
    signed_up_at,
    marketing_opt_in as is_opted_in,
    birth_date,
    referred_by as referrer_id
from source
