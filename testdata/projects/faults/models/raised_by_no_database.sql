{% if execute and is_fault('raised_by_no_database') %}{{ exceptions.raise_database_error("no database said so") }}{% endif %}
select 1 as id
