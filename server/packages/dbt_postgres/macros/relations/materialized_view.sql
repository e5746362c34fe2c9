{#-
  Materialized views. Of their configuration only the indexes can change in place; the query of one that exists is compared by
  nobody, as in dbt: a full refresh replaces it.
-#}

{% macro postgres__get_create_materialized_view_as_sql(relation, sql) -%}
  create materialized view if not exists {{ relation }} as {{ sql }}
  ;
  {%- for index in config.get('indexes', []) %}
  {{ get_create_index_sql(relation, index) }};
  {%- endfor -%}
{%- endmacro %}

{% macro postgres__refresh_materialized_view(relation) -%}
  refresh materialized view {{ relation }}
{%- endmacro %}

{% macro postgres__get_rename_materialized_view_sql(relation, new_name) -%}
  alter materialized view {{ relation }} rename to {{ new_name }}
{%- endmacro %}

{% macro postgres__drop_materialized_view(relation) -%}
  drop materialized view if exists {{ relation }} cascade
{%- endmacro %}

{% macro postgres__describe_materialized_view(relation) -%}
  {{ return({'indexes': run_query(get_show_indexes_sql(relation))}) }}
{%- endmacro %}


{#- What of the indexes is to be dropped and created, in this order; none where they are as configured. -#}
{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) -%}
  {%- set wanted = {} -%}
  {%- for index in new_config.get('indexes', []) or [] -%}
    {%- do wanted.update({postgres__index_key(index['columns'], index.get('unique'), index.get('type')): index}) -%}
  {%- endfor -%}
  {%- set found = [] -%}
  {%- set changes = [] -%}
  {%- for index in postgres__describe_materialized_view(existing_relation)['indexes'] -%}
    {%- set key = postgres__index_key(index['column_names'].split(','), index['unique'], index['method']) -%}
    {%- do found.append(key) -%}
    {%- if key not in wanted -%}
      {%- do changes.append({'action': 'drop', 'context': {'name': index['name']}}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for key, index in wanted.items() if key not in found -%}
    {%- do changes.append({'action': 'create', 'context': {'as_node_config': dict(index, type=index.get('type') or 'btree')}}) -%}
  {%- endfor -%}
  {{ return({'requires_full_refresh': false, 'indexes': changes} if changes else none) }}
{%- endmacro %}

{#- Two indexes with the same key are the same; the names of indexes change with every run. -#}
{% macro postgres__index_key(columns, unique, method) -%}
  {{ return((columns | map('lower') | sort | join(',')) ~ ' ' ~ ('unique' if unique else 'plain') ~ ' ' ~ (method or 'btree')) }}
{%- endmacro %}


{% macro postgres__get_alter_materialized_view_as_sql(
  relation,
  configuration_changes,
  sql,
  existing_relation,
  backup_relation,
  intermediate_relation
) -%}
  {%- if configuration_changes.requires_full_refresh -%}
    {{ get_replace_sql(existing_relation, relation, sql) }}
  {%- else -%}
    {{ postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes) }}
  {%- endif -%}
{%- endmacro %}

{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) -%}
  {%- do log('Applying UPDATE INDEXES to: ' ~ relation) -%}
  {%- for change in index_changes -%}
    {%- if change.action == 'drop' %}
  {{ postgres__get_drop_index_sql(relation, change.context.name) }};
    {%- elif change.action == 'create' %}
  {{ postgres__get_create_index_sql(relation, change.context.as_node_config) }};
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}


{#- What comes in the place of a materialized view goes without a backup: it cannot be kept under another name as tables and views can. -#}
{% macro postgres__get_replace_sql(existing_relation, target_relation, sql) -%}
  {%- if target_relation.is_materialized_view and (existing_relation.is_table or existing_relation.is_view) -%}
    {{ get_create_backup_sql(existing_relation) }};
    {{ get_create_sql(target_relation, sql) }};
    {{ get_drop_backup_sql(existing_relation) }}
  {%- else -%}
    {{ default__get_replace_sql(existing_relation, target_relation, sql) }}
  {%- endif -%}
{%- endmacro %}
