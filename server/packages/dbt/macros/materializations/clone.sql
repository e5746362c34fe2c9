{#-
  What the command `clone` runs in place of a node's own materialization: make the relation of another environment
  (`defer_relation`, from `--state`) available in this one, without copying data: a clone of a table where the warehouse
  can, a view over it otherwise.
-#}

{% materialization clone, default %}
  {%- if not defer_relation -%}
    {%- do log('No relation found in state manifest for ' ~ model.unique_id, info=true) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- if existing_relation and not flags.FULL_REFRESH -%}
    {%- do log('Relation ' ~ existing_relation ~ ' already exists', info=true) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {%- set source_relation = load_cached_relation(defer_relation) -%}
  {%- if not (source_relation and source_relation.type == 'table' and can_clone_table()) -%}
    {%- if this.render() == defer_relation.render() -%}
      {#- A view over itself would take the place of the data. -#}
      {%- do log('Target relation and defer relation are the same, skipping clone for relation: ' ~ this.render(), info=true) -%}
      {{ return({'relations': []}) }}
    {%- endif -%}
    {#- The engine's `sql` for this node is a select from `defer_relation`. -#}
    {%- set adapter_view = 'materialization_view_' ~ adapter.type() -%}
    {%- set view = context[adapter_view if adapter_view in context else 'materialization_view_default'] -%}
    {{ return(view()) }}
  {%- endif -%}

  {%- set target_relation = this.incorporate(type='table') -%}
  {%- if existing_relation is not none and not existing_relation.is_table -%}
    {%- do log('Dropping relation ' ~ existing_relation.render() ~ ' because it is of type ' ~ existing_relation.type) -%}
    {%- do drop_relation_if_exists(existing_relation) -%}
  {%- endif -%}

  {%- if target_relation.render() == defer_relation.render() -%}
    {%- do log('Target relation and defer relation are the same, skipping clone for relation: ' ~ target_relation.render()) -%}
  {%- else -%}
    {%- call statement('main') -%}
      {{ create_or_replace_clone(target_relation, defer_relation) }}
    {%- endcall -%}
  {%- endif -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro can_clone_table() -%}
  {{ return(adapter.dispatch('can_clone_table', 'dbt')()) }}
{%- endmacro %}

{% macro default__can_clone_table() -%}
  {{ return(false) }}
{%- endmacro %}


{% macro create_or_replace_clone(this_relation, defer_relation) -%}
  {{ return(adapter.dispatch('create_or_replace_clone', 'dbt')(this_relation, defer_relation)) }}
{%- endmacro %}

{% macro default__create_or_replace_clone(this_relation, defer_relation) -%}
  create or replace table {{ this_relation.render() }} clone {{ defer_relation.render() }}
{%- endmacro %}
