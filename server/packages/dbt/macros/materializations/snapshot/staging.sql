{#-
  The rows of a snapshot's staging table: what has to happen to the snapshot, one row a change, `dbt_change_type` saying
  which: `insert` a version, `update` the end of a version that was replaced, `delete` (end) one whose row vanished.

  `hard_deletes` decides about vanished rows: `ignore` leaves them current, `invalidate` ends them, `new_record` ends them
  and inserts a version marked as deleted. All branches of the union have their columns in the same order: the query's,
  the unique keys, the three times, the id, and with `new_record` the mark.
-#}

{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{ return(adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation)) }}
{%- endmacro %}

{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set key = strategy.unique_key -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
  {%- set marks_deletes = strategy.hard_deletes == 'new_record' -%}
  {%- set finds_deletes = strategy.hard_deletes in ['invalidate', 'new_record'] -%}
  {%- set mark = 'snapshotted_data.' ~ columns.dbt_is_deleted -%}
  {%- set valid_to = 'snapshotted_data.' ~ columns.dbt_valid_to -%}
  {%- set changed = strategy.row_changed ~ (' or ' ~ mark ~ " = 'True'" if marks_deletes else '') -%}
  {%- set key_matches = unique_key_join_on(key, 'snapshotted_data', 'source_data') %}
    with snapshot_query as (
      {{ source_sql }}
    ),

    snapshotted_data as (
      select *, {{ unique_key_fields(key) }}
      from {{ target_relation }}
      where
      {%- if current %}
        ({{ equals(columns.dbt_valid_to, current) }} or {{ columns.dbt_valid_to }} is null)
      {%- else %}
        {{ columns.dbt_valid_to }} is null
      {%- endif %}
    ),

    insertions_source_data as (
      select *, {{ unique_key_fields(key) }},
        {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
        {{ get_dbt_valid_to_current(strategy, columns) }},
        {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
      from snapshot_query
    ),

    updates_source_data as (
      select *, {{ unique_key_fields(key) }},
        {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
      from snapshot_query
    ),
  {%- if finds_deletes %}

    deletes_source_data as (
      select *, {{ unique_key_fields(key) }}
      from snapshot_query
    ),
  {%- endif %}

    insertions as (
      select
        'insert' as dbt_change_type,
        source_data.*
        {{ ", 'False' as " ~ columns.dbt_is_deleted if marks_deletes }}
      from insertions_source_data as source_data
      left outer join snapshotted_data on {{ key_matches }}
      where {{ unique_key_is_null(key, 'snapshotted_data') }}
        or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ changed }}))
    ),

    updates as (
      select
        'update' as dbt_change_type,
        source_data.*,
        snapshotted_data.{{ columns.dbt_scd_id }}
        {{ ', ' ~ mark if marks_deletes }}
      from updates_source_data as source_data
      join snapshotted_data on {{ key_matches }}
      where ({{ changed }})
    )
  {%- if finds_deletes %},

    deletes as (
      select
        'delete' as dbt_change_type,
        source_data.*,
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
        {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_to }},
        snapshotted_data.{{ columns.dbt_scd_id }}
        {{ ', ' ~ mark if marks_deletes }}
      from snapshotted_data
      left join deletes_source_data as source_data on {{ key_matches }}
      where {{ unique_key_is_null(key, 'source_data') }}
    {%- if marks_deletes %}
        -- the current version says already that the row is gone
        and not ({{ mark }} = 'True' and {{ valid_to }} {{ '= ' ~ current if current else 'is null' }})
    {%- endif %}
    )
  {%- endif %}
  {%- if marks_deletes %}
    {%- set snapshotted_columns = get_list_of_column_names(get_columns_in_relation(target_relation)) %},

    deletion_records as (
      select
        'insert' as dbt_change_type,
    {#- Of a column that the snapshot does not have yet there is only the null of the outer join. -#}
    {%- for name in get_columns_in_query(source_sql) %}
        {{ 'snapshotted_data' if name in snapshotted_columns else 'source_data' }}.{{ adapter.quote(name) }},
    {%- endfor %}
    {%- if key is string %}
        snapshotted_data.dbt_unique_key as dbt_unique_key,
    {%- else %}
      {%- for part in key %}
        snapshotted_data.{{ part }} as dbt_unique_key_{{ loop.index }},
      {%- endfor %}
    {%- endif %}
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
        {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
        {{ valid_to }} as {{ columns.dbt_valid_to }},
        {{ snapshot_hash_arguments([columns.dbt_scd_id, snapshot_get_time()]) }} as {{ columns.dbt_scd_id }},
        'True' as {{ columns.dbt_is_deleted }}
      from snapshotted_data
      left join deletes_source_data as source_data on {{ key_matches }}
      where {{ unique_key_is_null(key, 'source_data') }}
        and not ({{ mark }} = 'True' and {{ valid_to }} {{ '= ' ~ current if current else 'is null' }})
    )
  {%- endif %}

    select * from insertions
    union all
    select * from updates
  {%- if finds_deletes %}
    union all
    select * from deletes
  {%- endif %}
  {%- if marks_deletes %}
    union all
    select * from deletion_records
  {%- endif %}
{%- endmacro %}


{#- The unique key under a name of our own: one column, or one a part, numbered from 1. -#}
{% macro unique_key_fields(unique_key) -%}
  {%- if unique_key is string -%}
    {{ unique_key }} as dbt_unique_key
  {%- else -%}
    {%- for part in unique_key -%}
      {{ part }} as dbt_unique_key_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {%- if unique_key is string -%}
    {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
  {%- else -%}
    {%- for part in unique_key -%}
      {%- set column = '.dbt_unique_key_' ~ loop.index -%}
      {{ equals(identifier ~ column, from_identifier ~ column) }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{#- The first part is enough: these are asked of outer joins, where all parts are null or none. -#}
{% macro unique_key_is_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key is not string }} is null
{%- endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key is not string }} is not null
{%- endmacro %}
