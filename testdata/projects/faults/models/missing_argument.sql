{# Jinja lets a missing argument be undefined. #}
select {% if is_fault('missing_argument') %}'{{ two_arguments() }}' as id{% else %}1 as id{% endif %}
