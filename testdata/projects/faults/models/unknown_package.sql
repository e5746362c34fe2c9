{% if is_fault('unknown_package') %}select * from {{ ref('no_such_package', 'fine') }}{% else %}select 1 as id{% endif %}
