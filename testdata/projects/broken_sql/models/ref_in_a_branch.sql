{# The branch is taken only when executing, so that the parser never sees the ref. #}
{% if execute %}select * from {{ ref('good') }}{% else %}select 1{% endif %}
