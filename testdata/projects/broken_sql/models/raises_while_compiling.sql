{% if execute %}{{ exceptions.raise_compiler_error("this model refuses to compile") }}{% endif %}
select * from {{ ref('good') }}
