select
    ship_country,
    date_trunc('quarter', ordered_on)::date as quarter_starts_on,
    vat_rate,
    count(*) as orders,
    sum(vat) as vat
from {{ ref('fin_order_margins') }}
group by all
