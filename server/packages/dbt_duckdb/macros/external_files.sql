{#-
  Where the files of external models are, and how they are written.
-#}

{#- Partitions make a folder. -#}
{% macro external_location(relation, config) -%}
  {{- adapter.external_root() }}/{{ relation.identifier }}
  {%- if config.get('options', {}).get('partition_by') is none -%}
    .{{ config.get('format', 'parquet') }}
  {%- endif -%}
{%- endmacro %}


{% macro location_exists(location) -%}
  {{ return(adapter.location_exists(location)) }}
{%- endmacro %}


{% macro write_to_file(relation, location, options) -%}
  {%- call statement('write_to_file') -%}
    copy {{ relation.render() }} to '{{ location }}' ({{ options }})
  {%- endcall -%}
{%- endmacro %}


{#- For plugins, which there are none of. -#}
{% macro store_relation(plugin, relation, location, format, config) -%}
  {%- do adapter.store_relation(plugin, relation, adapter.get_columns_in_relation(relation), location, format, config) -%}
{%- endmacro %}


{#- The options of `copy ... to`; `format` and `delimiter` may stand beside them. -#}
{% macro render_write_options(config) -%}
  {%- set configured = config.get('options', {}) -%}
  {%- if configured is not mapping -%}
    {%- do exceptions.raise_compiler_error('The options argument must be a dictionary') -%}
  {%- endif -%}
  {%- set options = {} -%}
  {%- for key, value in configured.items() -%}
    {%- do options.update({key: render(value) if value is string else value}) -%}
  {%- endfor -%}
  {%- for key in ['format', 'delimiter'] if config.get(key) -%}
    {%- do options.update({key: render(config.get(key))}) -%}
  {%- endfor -%}
  {{ return(options) }}
{%- endmacro %}


{#-
  For `on-run-start` of projects whose database is new in every run, and the files are not: makes the views of the external models
  that the selected nodes read and that are not selected themselves.
-#}
{% macro register_upstream_external_models() -%}
  {%- if execute -%}
    {%- set seen = [] -%}
    {%- set schemas = [] -%}
    {%- for unique_id in selected_resources if unique_id in graph['nodes'] -%}
      {%- for parent in graph['nodes'][unique_id]['depends_on']['nodes'] if parent not in seen and parent not in selected_resources -%}
        {%- do seen.append(parent) -%}
        {%- set node = graph['nodes'].get(parent) -%}
        {%- if node and node.resource_type in ['model', 'seed'] and node.config.materialized == 'external' -%}
          {%- do external__register(node, schemas) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- if schemas -%}
      {%- do adapter.commit() -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro external__register(node, schemas) -%}
  {%- set relation = api.Relation.create(database=node['database'], schema=node['schema'], identifier=node['alias']) -%}
  {%- set location = node.config.get('location', external_location(relation, node.config)) -%}
  {%- set read_location = adapter.external_read_location(location, render_write_options(node.config)) -%}
  {%- if relation.schema not in schemas -%}
    {%- do schemas.append(relation.schema) -%}
    {%- call statement('main') -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endcall -%}
  {%- endif -%}
  {%- call statement('main') -%}
    create or replace view {{ relation.render() }} as (
      select * from '{{ read_location }}'
    );
  {%- endcall -%}
{%- endmacro %}
