{#-
  The catalog for `docs generate`: a row for each column of the tables and views asked for, temporary ones left out.
-#}

{% macro postgres__get_catalog(information_schema, schemas) -%}
  {%- set relations = [] -%}
  {%- for schema in schemas -%}
    {%- do relations.append({'schema': schema}) -%}
  {%- endfor -%}
  {{ return(postgres__get_catalog_relations(information_schema, relations)) }}
{%- endmacro %}

{% macro postgres__get_catalog_relations(information_schema, relations) -%}
  {%- set database = information_schema.database -%}
  {%- do adapter.verify_database(database) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- set in_schema = "upper(space.nspname) = upper('" ~ relation.schema ~ "')" -%}
    {%- if relation.identifier -%}
      {%- do conditions.append('(' ~ in_schema ~ " and upper(item.relname) = upper('" ~ relation.identifier ~ "'))") -%}
    {%- else -%}
      {%- do conditions.append(in_schema) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- call statement('catalog', fetch_result=true) -%}
    select
      '{{ database }}' as table_database,
      space.nspname as table_schema,
      item.relname as table_name,
      case item.relkind
        when 'v' then 'VIEW'
        when 'm' then 'MATERIALIZED VIEW'
        else 'BASE TABLE'
      end as table_type,
      pg_catalog.obj_description(item.oid, 'pg_class') as table_comment,
      attribute.attname as column_name,
      attribute.attnum as column_index,
      pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as column_type,
      pg_catalog.col_description(item.oid, attribute.attnum) as column_comment,
      pg_catalog.pg_get_userbyid(item.relowner) as table_owner
    from pg_catalog.pg_class as item
    join pg_catalog.pg_namespace as space on space.oid = item.relnamespace
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = item.oid
    where ({{ conditions | join(' or ') if conditions else 'false' }})
      and not pg_catalog.pg_is_other_temp_schema(space.oid)
      and item.relpersistence in ('p', 'u')
      -- tables, partitioned and foreign ones, views, materialized views
      and item.relkind in ('r', 'p', 'f', 'v', 'm')
      -- no system columns, no dropped ones
      and attribute.attnum > 0
      and not attribute.attisdropped
    order by space.nspname, item.relname, attribute.attnum
  {%- endcall -%}
  {{ return(load_result('catalog').table) }}
{%- endmacro %}
