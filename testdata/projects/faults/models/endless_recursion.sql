select 1 as id {% if is_fault('endless_recursion') %}{{ endless(1) }}{% endif %}
