{% set steps = {'sessions': 'true', 'with_cart': 'has_cart', 'with_checkout': 'has_checkout'} %}

select
    started_at::date as day,
    device,
    {%- for name, condition in steps.items() %}
    count(*) filter (where {{ condition }}) as {{ name }},
    {%- endfor %}
    {{ ratio('count(*) filter (where has_checkout)', 'count(*)') }} as conversion
from {{ ref('fct_sessions') }}
group by 1, 2
