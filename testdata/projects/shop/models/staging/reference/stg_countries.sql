select country_code, name as country_name, region, currency, vat_rate
from {{ ref('countries') }}
