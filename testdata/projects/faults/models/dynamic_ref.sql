{# The name is known only while rendering. #}
{% set name = 'fi' ~ ('en' if is_fault('dynamic_ref') else 'ne') %}
select * from {{ ref(name) }}
