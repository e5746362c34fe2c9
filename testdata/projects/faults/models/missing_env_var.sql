select {% if is_fault('missing_env_var') %}'{{ env_var("FAULTS_NOBODY_SETS_THIS") }}'{% else %}1{% endif %} as id
