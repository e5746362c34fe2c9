{#-
  The materialization `snapshot`: keep the history of a query's rows (a slowly changing dimension of type 2). The first
  run creates the table; later ones put what changed into a staging table and merge that, all in one transaction.
-#}

{% materialization snapshot, default %}
  {%- set target_exists, target_relation = get_or_create_relation(
    database=model.database, schema=model.schema, identifier=model.get('alias', model.get('name')), type='table'
  ) -%}
  {%- if not target_relation.is_table -%}
    {%- do exceptions.relation_wrong_type(target_relation, 'table') -%}
  {%- endif -%}

  {%- do run_hooks(pre_hooks, inside_transaction=false) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=true) -%}

  {#- Strategies read the config themselves; they still take it as an argument because they once had to. -#}
  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(model, 'snapshotted_data', 'source_data', model['config'], target_exists) -%}

  {%- if not target_exists -%}
    {%- set staging_table = none -%}
    {%- set rows_sql = build_snapshot_table(strategy, model['compiled_code']) -%}
    {%- set main_sql = create_table_as(false, target_relation, rows_sql) -%}
  {%- else -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(target_relation, columns, strategy) -%}
    {%- set rows_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- set staging_table = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- do adapter.expand_target_column_types(from_relation=staging_table, to_relation=target_relation) -%}

    {#- Columns that guide the merge and do not belong in the table. -#}
    {%- set helpers = ['dbt_change_type', 'DBT_CHANGE_TYPE', 'dbt_unique_key', 'DBT_UNIQUE_KEY'] -%}
    {%- if strategy.unique_key is not string -%}
      {%- for key in strategy.unique_key -%}
        {%- do helpers.extend(['dbt_unique_key_' ~ loop.index, 'DBT_UNIQUE_KEY_' ~ loop.index]) -%}
      {%- endfor -%}
    {%- endif -%}

    {%- do create_columns(target_relation, adapter.get_missing_columns(staging_table, target_relation)
      | rejectattr('name', 'in', helpers) | list) -%}
    {%- set insert_columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(staging_table) | rejectattr('name', 'in', helpers) -%}
      {%- do insert_columns.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set main_sql = snapshot_merge_sql(target=target_relation, source=staging_table, insert_cols=insert_columns) -%}
  {%- endif -%}

  {%- do check_time_data_types(rows_sql) -%}
  {%- call statement('main') -%}
    {{ main_sql }}
  {%- endcall -%}

  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(target_exists, full_refresh_mode=false)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- if not target_exists -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}
  {%- do run_hooks(post_hooks, inside_transaction=true) -%}
  {%- do adapter.commit() -%}

  {%- if staging_table is not none -%}
    {%- do post_snapshot(staging_table) -%}
  {%- endif -%}
  {%- do run_hooks(post_hooks, inside_transaction=false) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
