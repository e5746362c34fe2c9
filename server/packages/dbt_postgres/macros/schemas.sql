{#-
  Schemas and what is in them. A server's databases cannot see each other: wherever one is named it has to be the profile's.
-#}

{% macro postgres__create_schema(relation) -%}
  {%- do postgres__verify_database_of(relation.database) -%}
  {%- call statement('create_schema') -%}
    create schema if not exists {{ relation.without_identifier().include(database=false) }}
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__drop_schema(relation) -%}
  {%- do postgres__verify_database_of(relation.database) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier().include(database=false) }} cascade
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__verify_database_of(database) -%}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
{%- endmacro %}


{% macro postgres__information_schema_name(database) -%}
  {%- do postgres__verify_database_of(database) -%}
  information_schema
{%- endmacro %}

{% macro postgres__list_schemas(database) -%}
  {%- do postgres__verify_database_of(database) -%}
  {%- call statement('list_schemas', fetch_result=true, auto_begin=false) -%}
    select nspname from pg_catalog.pg_namespace
  {%- endcall -%}
  {{ return(load_result('list_schemas').table) }}
{%- endmacro %}

{% macro postgres__check_schema_exists(information_schema, schema) -%}
  {%- do postgres__verify_database_of(information_schema.database) -%}
  {%- call statement('check_schema_exists', fetch_result=true, auto_begin=false) -%}
    select count(*) from pg_catalog.pg_namespace where nspname = '{{ schema }}'
  {%- endcall -%}
  {{ return(load_result('check_schema_exists').table) }}
{%- endmacro %}


{#- Functions are listed too: they share the schema's names as far as nodes are concerned. -#}
{% macro postgres__list_relations_without_caching(schema_relation) -%}
  {%- call statement('list_relations_without_caching', fetch_result=true) -%}
    select '{{ schema_relation.database }}' as database, found.name, found.schema, found.type
    from (
      select tablename as name, schemaname as schema, 'table' as type from pg_catalog.pg_tables
      union all
      select viewname, schemaname, 'view' from pg_catalog.pg_views
      union all
      select matviewname, schemaname, 'materialized_view' from pg_catalog.pg_matviews
      union all
      select distinct routine.proname, space.nspname, 'function'
      from pg_catalog.pg_proc as routine
      join pg_catalog.pg_namespace as space on space.oid = routine.pronamespace
    ) as found
    where found.schema ilike '{{ schema_relation.schema }}'
  {%- endcall -%}
  {{ return(load_result('list_relations_without_caching').table) }}
{%- endmacro %}


{#-
  Which view reads which relation, since to drop the one drops the other. A view's query is a rule, whose dependencies are
  the relations that it reads, and the view itself.
-#}
{% macro postgres__get_relations() -%}
  {%- call statement('relations', fetch_result=true) -%}
    select distinct
      reader_schema.nspname as dependent_schema,
      reader.relname as dependent_name,
      read_schema.nspname as referenced_schema,
      read.relname as referenced_name
    from pg_catalog.pg_rewrite as rule
    join pg_catalog.pg_class as reader on reader.oid = rule.ev_class
    join pg_catalog.pg_namespace as reader_schema on reader_schema.oid = reader.relnamespace
    join pg_catalog.pg_depend as link
      on link.classid = 'pg_rewrite'::regclass
      and link.objid = rule.oid
      and link.refclassid = 'pg_class'::regclass
      and link.refobjid <> rule.ev_class
    join pg_catalog.pg_class as read on read.oid = link.refobjid
    join pg_catalog.pg_namespace as read_schema on read_schema.oid = read.relnamespace
    where read_schema.nspname <> 'information_schema'
      and read_schema.nspname not like 'pg\_%'
    order by 1, 2, 3, 4
  {%- endcall -%}
  {{ return(load_result('relations').table) }}
{%- endmacro %}

{#- Its name from before it was dispatched. -#}
{% macro postgres_get_relations() -%}
  {{ return(postgres__get_relations()) }}
{%- endmacro %}
