{#-
  The materialization `external`: the rows of a model in a file, and a view that reads them from there.

  The model becomes a table first, so that a query that fails leaves file and view as they were. DuckDB writes a local file
  beside the old one and puts it in its place when it is whole.
-#}

{% materialization external, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- if config.get('plugin') is not none or config.get('glue_register', false) -%}
    {%- do adapter.store_relation(config.get('plugin', 'glue'), this, none, none, none, none) -%}
  {%- endif -%}
  {%- set format = config.get('format') -%}
  {%- if format and format not in external_formats() -%}
    {%- do exceptions.raise_compiler_error('Invalid format: ' ~ format ~ '. Allowed formats are: ' ~ external_formats() | join(', ')) -%}
  {%- endif -%}
  {%- set options = render_write_options(config) -%}
  {%- set location = render(config.get('location', default=external_location(this, config))) -%}
  {#- Adds to `options` what follows from the location. -#}
  {%- set write_options = adapter.external_write_options(location, options) -%}
  {%- set read_location = adapter.external_read_location(location, options) -%}

  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set temp_relation = make_intermediate_relation(this.incorporate(type='table')) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation, suffix='__dbt_int') -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'table') -%}

  {#- Left over from a run that died. -#}
  {%- do drop_relation_if_exists(load_cached_relation(intermediate_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(temp_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(backup_relation)) -%}

  {%- do run_hooks(pre_hooks, inside_transaction=false) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=true) -%}

  {%- set language = model['language'] -%}
  {%- call statement('create_table', language=language) -%}
    {{- create_table_as(false, temp_relation, compiled_code, language) }}
  {%- endcall -%}

  {%- set null_row_columns = external__columns_of_empty(temp_relation) -%}
  {%- if null_row_columns -%}
    {%- call statement('insert_null_row') -%}
      insert into {{ temp_relation.render() }} default values
    {%- endcall -%}
  {%- endif -%}
  {%- do write_to_file(temp_relation, location, write_options) -%}

  {%- call statement('main') -%}
    create or replace view {{ intermediate_relation.render() }} as (
      select * from {{ external__reader(read_location, options) }}
      {%- if null_row_columns %}
      where {{ null_row_columns | join(' and ') }}
      {%- endif %}
    );
  {%- endcall -%}

  {%- if existing_relation is not none -%}
    {%- do duckdb__make_way(existing_relation, backup_relation) -%}
  {%- endif -%}
  {%- do adapter.rename_relation(intermediate_relation, target_relation) -%}

  {%- do run_hooks(post_hooks, inside_transaction=true) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}

  {%- do drop_relation_if_exists(backup_relation) -%}
  {%- do drop_relation_if_exists(temp_relation) -%}
  {%- do run_hooks(post_hooks, inside_transaction=false) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro external_formats() -%}
  {{ return(['csv', 'parquet', 'json']) }}
{%- endmacro %}


{#-
  A file without rows may be a file without columns: an empty relation is written with one row of nulls, which the view leaves
  out. Conditions that leave it out, one a column; none where there are rows.
-#}
{% macro external__columns_of_empty(relation) -%}
  {%- set conditions = [] -%}
  {%- if run_query('select count(*) as row_count from ' ~ relation.render())[0][0] == 0 -%}
    {%- for column in get_columns_in_relation(relation) -%}
      {%- do conditions.append(adapter.quote(column.column) ~ ' is not null') -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(conditions) }}
{%- endmacro %}


{#- The call that reads the files back, in the format that they were written in. -#}
{% macro external__reader(location, options) -%}
  {%- set written = config.get('format') or options['format'] | lower -%}
  {%- set format = written if written in external_formats() else 'parquet' -%}
  {%- set read_options = {} -%}
  {%- do read_options.update(config.get(format ~ '_read_options', {'union_by_name': false} if format == 'parquet' else {'auto_detect': true})) -%}
  {#- DuckDB knows a compressed text by the end of its name, but only in small letters. -#}
  {%- if format != 'parquet' and options.get('compression') and 'compression' not in read_options -%}
    {%- do read_options.update({'compression': options['compression']}) -%}
  {%- endif -%}
  read_{{ format }}('{{ location }}'
  {%- for key, value in read_options.items() -%}
    , {{ key }}={{ "'" ~ value ~ "'" if value is string else value }}
  {%- endfor -%}
  )
{%- endmacro %}
