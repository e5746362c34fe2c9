-- depends_on: {{ ref('deliveries') }}
select id, region, amount, {{ is_incremental() }} as came_later from {{ ref('current') }}
{% if is_incremental() %}
where loaded_on > (select max(loaded_on) from {{ ref('deliveries') }} where batch < {{ var('batch') }})
{% endif %}
