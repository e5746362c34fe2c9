{{ config(materialized='view', access='private') }}

select
    order_id,
    ordered_on,
    ship_country,
    goods_amount - refunded_amount as net_revenue,
    goods_amount - refunded_amount - goods_cost as margin,
    countries.vat_rate,
    round((goods_amount - refunded_amount) * countries.vat_rate / (1 + countries.vat_rate), 2)::decimal(18, 2) as vat
from {{ ref('fct_orders') }}
left join {{ ref('stg_countries') }} as countries on ship_country = countries.country_code
where status <> 'cancelled'
