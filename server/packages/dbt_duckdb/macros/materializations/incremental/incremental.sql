{#-
  The materialization `incremental` on DuckDB: as the default one, with indexes taken off for a swap and models in Python.
  The new rows, the changes of columns and the strategy's statements all happen in one transaction.
-#}

{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'table') -%}

  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {#- There is no adding rows to a view. -#}
  {%- set full_refresh_mode = should_full_refresh() or (existing_relation is not none and existing_relation.is_view) -%}
  {%- set creates_table = existing_relation is none or full_refresh_mode -%}
  {%- set swap = existing_relation is not none and full_refresh_mode -%}
  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, not creates_table) -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, not creates_table) -%}

  {#- Left over from a run that died. -#}
  {%- do drop_relation_if_exists(load_cached_relation(intermediate_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(backup_relation)) -%}
  {%- set to_drop = [] -%}

  {%- do run_hooks(pre_hooks, inside_transaction=false) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=true) -%}

  {%- if creates_table -%}
    {%- set build_sql = create_table_as(false, intermediate_relation if swap else target_relation, compiled_code, language,
      partitioned_by=partitioned_by, sorted_by=sorted_by) -%}
    {%- if swap -%}
      {%- do to_drop.append(backup_relation) -%}
    {%- endif -%}
  {%- else -%}
    {%- set temp_relation = make_temp_relation(target_relation) -%}
    {%- do to_drop.append(temp_relation) -%}
    {%- set new_rows = create_table_as(true, temp_relation, compiled_code, language) -%}
    {%- if language == 'python' -%}
      {%- call statement('pre', language=language) -%}
        {{- new_rows }}
      {%- endcall -%}
    {%- else -%}
      {%- do run_query(new_rows) -%}
    {%- endif -%}
    {%- set language = 'sql' -%}
    {%- do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) -%}
    {%- set strategy_sql = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
    {%- set build_sql = strategy_sql({
      'target_relation': target_relation,
      'temp_relation': temp_relation,
      'unique_key': config.get('unique_key'),
      'dest_columns': process_schema_changes(on_schema_change, temp_relation, existing_relation)
        or adapter.get_columns_in_relation(existing_relation),
      'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none),
    }) -%}
  {%- endif -%}

  {%- call statement('main', language=language) -%}
    {{- build_sql }}
  {%- endcall -%}

  {%- if swap -%}
    {%- do duckdb__make_way(existing_relation, backup_relation) -%}
    {%- do adapter.rename_relation(intermediate_relation, target_relation) -%}
  {%- endif -%}
  {%- if creates_table -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do run_hooks(post_hooks, inside_transaction=true) -%}
  {%- do adapter.commit() -%}

  {#- The temporary table too: it would stay in memory for as long as the connection is reused. -#}
  {%- for relation in to_drop -%}
    {%- do adapter.drop_relation(relation) -%}
  {%- endfor -%}
  {%- do run_hooks(post_hooks, inside_transaction=false) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
