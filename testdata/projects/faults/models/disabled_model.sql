{% if is_fault('disabled_model') %}select * from {{ ref('turned_off') }}{% else %}select 1 as id{% endif %}
