select
    upper(code) as coupon_code,
    kind,
    value,
    valid_from,
    coalesce(valid_until, date '{{ var("open_end", "9999-12-31") }}') as valid_until,
    max_uses
from {{ ref('raw_coupons') }}
