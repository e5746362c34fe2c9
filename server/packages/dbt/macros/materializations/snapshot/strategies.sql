{#-
  Snapshot strategies: how a changed row is recognised. `strategy: x` calls `snapshot_x_strategy`, `package.x` that of the
  package; each returns the mapping that the statements of the snapshot are made from.
-#}

{% macro strategy_dispatch(name) -%}
  {%- set parts = name.split('.') -%}
  {%- if parts | length > 1 and parts[0] not in context -%}
    {%- do exceptions.raise_compiler_error("Could not find package '" ~ parts[0] ~ "', called with '" ~ name ~ "'") -%}
  {%- endif -%}
  {%- set scope = context[parts[0]] if parts | length > 1 else context -%}
  {%- set macro_name = 'snapshot_' ~ parts[-1] ~ '_strategy' -%}
  {%- if macro_name not in scope -%}
    {%- do exceptions.raise_compiler_error("The specified strategy macro '" ~ parts[-1] ~ "' was not found"
      ~ (" in package '" ~ parts[0] ~ "'" if parts | length > 1 else '')) -%}
  {%- endif -%}
  {{ return(scope[macro_name]) }}
{%- endmacro %}


{#- A row has changed when its `updated_at` is later than the current version's beginning. -#}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {#- Not the snapshot's own `updated_at`: it may be younger than the snapshot, which used to be of the other strategy. -#}
  {{ return({
    'unique_key': unique_key,
    'updated_at': updated_at,
    'row_changed': '(' ~ snapshotted_rel ~ '.' ~ columns.dbt_valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')',
    'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
    'invalidate_hard_deletes': hard_deletes == 'invalidate',
    'hard_deletes': hard_deletes,
  }) }}
{%- endmacro %}


{#- A row has changed when any of `check_cols` differs, or when there is a column that no version has yet. -#}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) -%}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') or snapshot_get_time() -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set column_added, check_cols = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) -%}

  {%- set differences = [] -%}
  {%- for column in check_cols -%}
    {%- set old = snapshotted_rel ~ '.' ~ column -%}
    {%- set new = current_rel ~ '.' ~ column -%}
    {%- do differences.append(old ~ ' != ' ~ new ~ ' or ((' ~ old ~ ' is null) and not (' ~ new ~ ' is null)) or ((not '
      ~ old ~ ' is null) and (' ~ new ~ ' is null))') -%}
  {%- endfor -%}
  {{ return({
    'unique_key': unique_key,
    'updated_at': updated_at,
    'row_changed': '(' ~ (get_true_sql() if column_added else differences | join(' or ')) ~ ')',
    'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
    'invalidate_hard_deletes': hard_deletes == 'invalidate',
    'hard_deletes': hard_deletes,
  }) }}
{%- endmacro %}

{#- A pair: whether a column was added to the checked ones, and those of them that the snapshot has, quoted. -#}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {{ return((false, [])) }}
  {%- endif -%}

  {#- The query is asked in both cases, for the spelling of the names. -#}
  {%- if check_cols_config == 'all' -%}
    {%- set query_columns = get_columns_in_query(node['compiled_code']) -%}
  {%- elif check_cols_config is iterable and check_cols_config -%}
    {%- set sql %}
      select {{ check_cols_config | join(', ') }} from (
        {{ node['compiled_code'] }}
      ) subq
    {%- endset -%}
    {%- set query_columns = get_columns_in_query(sql) -%}
  {%- else -%}
    {%- do exceptions.raise_compiler_error("Invalid value for 'check_cols': " ~ check_cols_config) -%}
  {%- endif -%}

  {%- set target = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set existing = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
  {%- set shared = [] -%}
  {%- for name in query_columns if name in existing -%}
    {%- do shared.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return((shared | length < query_columns | length, shared)) }}
{%- endmacro %}


{#- The id of a version: a hash of what makes it unique. -#}
{% macro snapshot_hash_arguments(args) -%}
  {{ return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) }}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
    md5({% for arg in args -%}
      coalesce(cast({{ arg }} as varchar), ''){{ " || '|' || " if not loop.last }}
    {%- endfor %})
{%- endmacro %}


{#- A time that Jinja knows, as SQL. -#}
{% macro snapshot_string_as_time(timestamp) -%}
  {{ return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) }}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) -%}
  {{ exceptions.raise_not_implemented('snapshot_string_as_time macro not implemented for adapter ' ~ adapter.type()) }}
{%- endmacro %}
