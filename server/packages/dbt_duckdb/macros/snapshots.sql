{#-
  Snapshots: an update and an insert instead of one merge, which needs no DuckDB of a certain age.
-#}

{% macro duckdb__snapshot_merge_sql(target, source, insert_cols) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set valid_to = 'DBT_INTERNAL_TARGET.' ~ columns.dbt_valid_to -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
    update {{ target }} as DBT_INTERNAL_TARGET
    set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }}::text = DBT_INTERNAL_TARGET.{{ columns.dbt_scd_id }}::text
      and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
      and ({{ valid_to ~ ' = ' ~ current ~ ' or ' if current }}{{ valid_to }} is null);

    insert into {{ target }} ({{ insert_cols | join(', ') }})
    select {{ insert_cols | join(', ') }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where DBT_INTERNAL_SOURCE.dbt_change_type = 'insert';
{%- endmacro %}


{#- The staging table would otherwise stay for as long as the connection is reused. -#}
{% macro duckdb__post_snapshot(temporary_relation) -%}
  {%- do drop_relation(temporary_relation) -%}
{%- endmacro %}
