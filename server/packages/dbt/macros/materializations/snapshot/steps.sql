{#-
  The statements of a snapshot: first table, staging table, merge. A strategy is a mapping: unique_key, updated_at (an
  expression), row_changed (a condition on `snapshotted_data` and `source_data`), scd_id (an expression), hard_deletes.
-#}

{#- The names of the columns that snapshots add, unless the config `snapshot_meta_column_names` changes them. -#}
{% macro get_snapshot_table_column_names() -%}
  {{ return({
    'dbt_valid_to': 'dbt_valid_to',
    'dbt_valid_from': 'dbt_valid_from',
    'dbt_scd_id': 'dbt_scd_id',
    'dbt_updated_at': 'dbt_updated_at',
    'dbt_is_deleted': 'dbt_is_deleted',
  }) }}
{%- endmacro %}


{#- The rows of the first run: all current. -#}
{% macro build_snapshot_table(strategy, sql) -%}
  {{ return(adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql)) }}
{%- endmacro %}

{% macro default__build_snapshot_table(strategy, sql) %}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() %}
    select *,
      {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ get_dbt_valid_to_current(strategy, columns) }}
      {{ ", 'False' as " ~ columns.dbt_is_deleted if strategy.hard_deletes == 'new_record' }}
    from (
      {{ sql }}
    ) sbq
{% endmacro %}


{#- The end of validity of a current row, typed like the beginning: null or what the config `dbt_valid_to_current` says. -#}
{% macro get_dbt_valid_to_current(strategy, columns) -%}
  coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ config.get('dbt_valid_to_current') or 'null' }})
  as {{ columns.dbt_valid_to }}
{%- endmacro %}


{% macro build_snapshot_staging_table(strategy, sql, target_relation) -%}
  {%- set temp_relation = make_temp_relation(target_relation) -%}
  {%- call statement('build_snapshot_staging_relation') -%}
    {{ create_table_as(true, temp_relation, snapshot_staging_table(strategy, sql, target_relation)) }}
  {%- endcall -%}
  {{ return(temp_relation) }}
{%- endmacro %}


{#- End the validity of the rows that changed or vanished, add the new versions. -#}
{% macro snapshot_merge_sql(target, source, insert_cols) -%}
  {{ return(adapter.dispatch('snapshot_merge_sql', 'dbt')(target, source, insert_cols)) }}
{%- endmacro %}

{% macro default__snapshot_merge_sql(target, source, insert_cols) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set valid_to = 'DBT_INTERNAL_DEST.' ~ columns.dbt_valid_to -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
    merge into {{ target.render() }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }} = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}
    when matched
      {%- if current %}
      and ({{ equals(valid_to, current) }} or {{ valid_to }} is null)
      {%- else %}
      and {{ valid_to }} is null
      {%- endif %}
      and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
      then update
      set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
    when not matched
      and DBT_INTERNAL_SOURCE.dbt_change_type = 'insert'
      then insert ({{ insert_cols | join(', ') }})
      values ({{ insert_cols | join(', ') }})
{%- endmacro %}


{#- The query has new columns: history has null in them. -#}
{% macro create_columns(relation, columns) -%}
  {{ return(adapter.dispatch('create_columns', 'dbt')(relation, columns)) }}
{%- endmacro %}

{% macro default__create_columns(relation, columns) -%}
  {%- for column in columns -%}
    {%- call statement() -%}
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }};
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}


{#- For adapters that have to remove the staging table themselves. -#}
{% macro post_snapshot(staging_relation) -%}
  {{ return(adapter.dispatch('post_snapshot', 'dbt')(staging_relation)) }}
{%- endmacro %}

{% macro default__post_snapshot(staging_relation) -%}
{%- endmacro %}


{#- Warn when the times to be written differ in type from those the warehouse gives: comparing them may go wrong. -#}
{% macro check_time_data_types(sql) -%}
  {%- set updated_at_type = get_updated_at_column_data_type(sql) -%}
  {%- set now_type = get_snapshot_get_time_data_type() -%}
  {%- if updated_at_type is not none and now_type is not none and updated_at_type != now_type -%}
    {%- do exceptions.warn_snapshot_timestamp_data_types(now_type, updated_at_type) -%}
  {%- endif -%}
{%- endmacro %}

{% macro get_updated_at_column_data_type(snapshot_sql) -%}
  {%- for column in get_column_schema_from_query(snapshot_sql) if column.column in ['dbt_updated_at', 'DBT_UPDATED_AT'] -%}
    {{ return(column.dtype or none) }}
  {%- endfor -%}
  {{ return(none) }}
{%- endmacro %}


{% macro get_true_sql() -%}
  {{ return(adapter.dispatch('get_true_sql', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_true_sql() -%}
  {{ return('TRUE') }}
{%- endmacro %}
