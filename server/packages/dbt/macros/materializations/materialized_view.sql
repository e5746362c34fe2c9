{#-
  The materialization `materialized_view`: created once, refreshed by later runs, altered or replaced when its config
  changes, as `on_configuration_change` says. The statements come from the adapter, see relations/materialized_view.sql.
-#}

{% materialization materialized_view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.MaterializedView) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
    target_relation, existing_relation.type if existing_relation is not none else target_relation.MaterializedView
  ) -%}

  {%- do materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) -%}
  {%- set build_sql = materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) -%}
  {%- if build_sql == '' -%}
    {%- do materialized_view_execute_no_op(target_relation) -%}
  {%- else -%}
    {%- do materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) -%}
  {%- endif -%}
  {%- do materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- Remove what a run that died may have left. -#}
{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) -%}
  {%- do drop_relation_if_exists(load_cached_relation(backup_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(intermediate_relation)) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=false) -%}
{%- endmacro %}

{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) -%}
  {%- do drop_relation_if_exists(backup_relation) -%}
  {%- do drop_relation_if_exists(intermediate_relation) -%}
  {%- do run_hooks(post_hooks, inside_transaction=false) -%}
{%- endmacro %}


{#- The SQL to run; empty if there is nothing to do. -#}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) -%}
  {%- if existing_relation is none -%}
    {{ return(get_create_materialized_view_as_sql(target_relation, sql)) }}
  {%- elif should_full_refresh() or not existing_relation.is_materialized_view -%}
    {{ return(get_replace_sql(existing_relation, target_relation, sql)) }}
  {%- endif -%}

  {%- set reaction = config.get('on_configuration_change') -%}
  {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) -%}
  {%- set found = 'Configuration changes were identified and `on_configuration_change` was set to `' ~ reaction ~ '` for `' ~ target_relation.render() ~ '`' -%}
  {%- if changes is none -%}
    {{ return(refresh_materialized_view(target_relation)) }}
  {%- elif reaction == 'apply' -%}
    {{ return(get_alter_materialized_view_as_sql(
      target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation
    )) }}
  {%- elif reaction == 'continue' -%}
    {%- do exceptions.warn(found) -%}
    {{ return('') }}
  {%- elif reaction == 'fail' -%}
    {%- do exceptions.raise_fail_fast_error(found) -%}
  {%- endif -%}
  {%- do exceptions.raise_compiler_error('`on_configuration_change` is one of apply, continue and fail, not `' ~ reaction ~ '`') -%}
{%- endmacro %}


{% macro materialized_view_execute_no_op(target_relation) -%}
  {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
{%- endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=true) -%}
  {%- call statement(name='main') -%}
    {{ build_sql }}
  {%- endcall -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do run_hooks(post_hooks, inside_transaction=true) -%}
  {%- do adapter.commit() -%}
{%- endmacro %}
