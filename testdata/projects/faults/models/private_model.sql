{% if is_fault('private_model') %}select * from {{ ref('secret') }}{% else %}select 1 as id{% endif %}
