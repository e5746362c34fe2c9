select *
from {{ ref('ordrs') }}
