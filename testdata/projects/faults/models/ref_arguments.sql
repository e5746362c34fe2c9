{% if is_fault('ref_arguments') %}select * from {{ ref() }}{% else %}select 1 as id{% endif %}
