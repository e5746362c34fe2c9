{#-
  Indexes. An index depends on its table: a table that has any can be neither renamed nor altered.
-#}

{#- The name carries the time: an index of the same table from the last run may still be there. -#}
{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index "{{ index.render(relation) }}"
  on {{ relation.render() }} ({{ index.columns | join(', ') }});
{%- endmacro %}


{#- Opens no transaction: it is called after the commit as well. -#}
{% macro drop_indexes_on_relation(relation) -%}
  {%- call statement('get_indexes_on_relation', fetch_result=true, auto_begin=false) -%}
    select index_name
    from duckdb_indexes()
    where database_name = '{{ relation.database }}'
      and schema_name = '{{ relation.schema }}'
      and table_name = '{{ relation.identifier }}'
  {%- endcall -%}
  {%- for row in load_result('get_indexes_on_relation').table -%}
    {%- call statement('drop_index_' ~ loop.index, auto_begin=false) -%}
      drop index "{{ relation.database }}"."{{ relation.schema }}"."{{ row[0] }}"
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}


{#-
  Lets a new relation take the name of `existing_relation`, in the open transaction.

  A table with indexes is dropped rather than renamed. DuckDB changes the name that an index knows its table by at once and
  for everybody, also where the rename is not committed or not seen; until the commit, and in every older transaction after
  it, reading `duckdb_indexes()` would fail with `Table with name ... does not exist`, whatever table it is asked about. A
  drop is seen by nobody before the commit, and a rollback brings table and indexes back.
-#}
{% macro duckdb__make_way(existing_relation, backup_relation) -%}
  {%- if existing_relation.is_table and duckdb__has_indexes(existing_relation) -%}
    {%- do adapter.drop_relation(existing_relation) -%}
  {%- else -%}
    {%- do adapter.rename_relation(existing_relation, backup_relation) -%}
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__has_indexes(relation) -%}
  {%- call statement('count_indexes', fetch_result=true, auto_begin=false) -%}
    select count(*)
    from duckdb_indexes()
    where database_name = '{{ relation.database }}'
      and schema_name = '{{ relation.schema }}'
      and table_name = '{{ relation.identifier }}'
  {%- endcall -%}
  {{ return(load_result('count_indexes').table[0][0] > 0) }}
{%- endmacro %}
