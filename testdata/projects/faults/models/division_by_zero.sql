select {% if is_fault('division_by_zero') %}{{ 1 / 0 }}{% else %}1{% endif %} as id
