select {% if is_fault('unknown_argument') %}{{ two_arguments(1, c=2) }}{% else %}1 as id{% endif %}
