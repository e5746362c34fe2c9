select {% if is_fault('missing_var') %}{{ var('nobody_sets_this') }}{% else %}1{% endif %} as id
