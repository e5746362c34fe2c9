select {% if is_fault('undefined_attribute') %}{{ nothing.at_all }}{% else %}1{% endif %} as id
