select {% if is_fault('too_many_arguments') %}{{ two_arguments(1, 2, 3) }}{% else %}1 as id{% endif %}
