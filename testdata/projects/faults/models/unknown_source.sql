{% if is_fault('unknown_source') %}select * from {{ source('raw', 'no_such_table') }}{% else %}select 1 as id{% endif %}
