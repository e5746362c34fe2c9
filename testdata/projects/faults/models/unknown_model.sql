{% if is_fault('unknown_model') %}select * from {{ ref('fien') }}{% else %}select 1 as id{% endif %}
