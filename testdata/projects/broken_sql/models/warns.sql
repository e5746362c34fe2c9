{% if execute %}{% do exceptions.warn("only a warning") %}{% endif %}
select * from {{ ref('good') }}
