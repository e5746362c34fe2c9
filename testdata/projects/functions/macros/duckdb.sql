{% macro duckdb__scalar_function_sql(target_relation) %}
  {%- if not var('own') %}{{ return(default__scalar_function_sql(target_relation)) }}{% endif %}
  {%- set names = [] %}{% for argument in model.arguments %}{% do names.append(argument.name) %}{% endfor %}
  create or replace macro {{ target_relation.render() }}({{ names | join(', ') }}) as ({{ model.compiled_code }})
{% endmacro %}
