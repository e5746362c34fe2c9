{#-
  Indexes: the config `indexes` is a list of mappings with `columns`, `unique` and `type`.
-#}

{#- The name carries the time: the index of the last run may still have the name that it had. -#}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index if not exists "{{ index.render(relation) }}"
  on {{ relation }} {{ 'using ' ~ index.type if index.type }} ({{ index.columns | join(', ') }})
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
  drop index if exists "{{ relation.schema }}"."{{ index_name }}"
{%- endmacro %}

{% macro postgres__get_show_indexes_sql(relation) %}
    select
      index_class.relname as name,
      method.amname as method,
      entry.indisunique as "unique",
      array_to_string(array_agg(attribute.attname), ',') as column_names
    from pg_catalog.pg_index as entry
    join pg_catalog.pg_class as index_class on index_class.oid = entry.indexrelid
    join pg_catalog.pg_am as method on method.oid = index_class.relam
    join pg_catalog.pg_class as owner on owner.oid = entry.indrelid
    join pg_catalog.pg_namespace as space on space.oid = owner.relnamespace
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = owner.oid
      and attribute.attnum = any(entry.indkey)
    where owner.relname = '{{ relation.identifier }}'
      and space.nspname = '{{ relation.schema }}'
      and owner.relkind in ('r', 'm')
    group by 1, 2, 3
    order by 1, 2, 3
{% endmacro %}
