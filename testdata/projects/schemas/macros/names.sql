{# Custom schemas as they are in prod; elsewhere after the target's schema. Tests have one of their own. #}
{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {%- if node.resource_type == 'test' -%}
        {{ target.schema }}__failures
    {%- elif custom_schema_name is none -%}
        {{ default__generate_schema_name(custom_schema_name, node) }}
    {%- elif target.name == 'prod' -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}__{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}

{# The folder is part of the name, unless an alias is given. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%}
        {{ custom_alias_name | trim }}
    {%- elif node.resource_type == 'model' and node.fqn | length > 2 -%}
        {{ node.fqn[1:] | join('__') }}
    {%- else -%}
        {{ node.name }}
    {%- endif -%}
{%- endmacro %}

{# `+database: side_for_tests` is the attached database. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- if custom_database_name == 'side_for_tests' -%}side
    {%- elif custom_database_name is none -%}{{ target.database }}
    {%- else -%}{{ custom_database_name }}{%- endif -%}
{%- endmacro %}
