{#- The methods come from the data; while parsing, and in an empty database, from the list below. -#}
{% set methods = column_values(ref('stg_payments'), 'payment_method', default=['card', 'paypal']) %}

select
    date_trunc('month', paid_at)::date as month_starts_on,
    {{ pivot_sum('payment_method', methods, 'amount') }}
from {{ ref('fct_payments') }}
where status = 'captured'
group by 1
