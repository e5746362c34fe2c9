{#-
  Schemas and their contents. DuckDB compares names without regard to case; `system.information_schema` sees every
  attached database.
-#}

{#- SQLite and MySQL databases may be attached too: the first has one schema, `main`, and neither gets schemas from us. -#}
{% macro duckdb__create_schema(relation) -%}
  {%- set foreign = run_query(
    "select type from duckdb_databases() where lower(database_name) = '" ~ relation.database | lower ~ "' and type <> 'duckdb'"
  ) -%}
  {%- set type = foreign.columns[0].values()[0] if foreign | length > 0 else 'duckdb' -%}
  {%- if type == 'sqlite' and relation.schema != 'main' -%}
    {%- do exceptions.raise_compiler_error("Schema must be 'main' when writing to sqlite instead got " ~ relation.schema) -%}
  {%- elif type not in ['sqlite', 'mysql'] -%}
    {%- call statement('create_schema') -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}


{% macro duckdb__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall -%}
{%- endmacro %}


{% macro duckdb__list_schemas(database) -%}
  {%- set sql -%}
    select schema_name
    from system.information_schema.schemata
    {% if database is not none -%}
    where lower(catalog_name) = '{{ database | lower }}'
    {%- endif %}
  {%- endset -%}
  {{ return(run_query(sql)) }}
{%- endmacro %}


{% macro duckdb__check_schema_exists(information_schema, schema) -%}
  {%- set sql -%}
    select count(*)
    from system.information_schema.schemata
    where lower(catalog_name) = '{{ information_schema.database | lower }}'
      and lower(schema_name) = '{{ schema | lower }}'
  {%- endset -%}
  {{ return(run_query(sql)) }}
{%- endmacro %}


{% macro duckdb__list_relations_without_caching(schema_relation) -%}
  {%- call statement('list_relations_without_caching', fetch_result=true) -%}
    select
      '{{ schema_relation.database }}' as database,
      table_name as name,
      table_schema as schema,
      case table_type
        when 'VIEW' then 'view'
        when 'BASE TABLE' then 'table'
        when 'LOCAL TEMPORARY' then 'table'
      end as type
    from system.information_schema.tables
    where lower(table_catalog) = '{{ schema_relation.database | lower }}'
      and lower(table_schema) = '{{ schema_relation.schema | lower }}'
  {%- endcall -%}
  {{ return(load_result('list_relations_without_caching').table) }}
{%- endmacro %}
