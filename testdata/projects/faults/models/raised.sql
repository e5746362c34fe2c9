{% if is_fault('raised') %}{{ exceptions.raise_compiler_error("stopped on purpose") }}{% endif %}
select 1 as id
