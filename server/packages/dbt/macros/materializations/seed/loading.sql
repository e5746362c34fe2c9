{#-
  The steps of the seed materialization. `agate_table` is the parsed file: column_names, rows, and types that
  `adapter.convert_type` names in the warehouse's words. The steps run their statements and return them as text, which
  ends up in the node's file in the `run` folder.
-#}

{% macro create_csv_table(model, agate_table) -%}
  {{ return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) }}
{%- endmacro %}

{% macro default__create_csv_table(model, agate_table) -%}
  {%- set configured_types = model['config'].get('column_types', {}) -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set definitions = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set type = configured_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
    {%- do definitions.append(adapter.quote_seed_column(name ~ '', quote_columns) ~ ' ' ~ type) -%}
  {%- endfor -%}
  {%- set sql -%}
    create table {{ this.render() }} ({{ definitions | join(', ') }})
  {%- endset -%}
  {%- call statement('_') -%}
    {{ sql }}
  {%- endcall -%}
  {{ return(sql) }}
{%- endmacro %}


{#- Make way for the rows where the table exists. -#}
{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {{ return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) }}
{%- endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {%- if full_refresh -%}
    {#-
      In the transaction that the new rows arrive in, so that a run which fails or dies leaves the old ones. The method,
      which opens no transaction, is for the cache.
    -#}
    {%- call statement('drop_csv_table') -%}
      {{ get_drop_sql(old_relation) }}
    {%- endcall -%}
    {%- do adapter.drop_relation(old_relation) -%}
    {{ return(create_csv_table(model, agate_table)) }}
  {%- endif -%}
  {%- do adapter.truncate_relation(old_relation) -%}
  {{ return('truncate table ' ~ old_relation.render()) }}
{%- endmacro %}


{#- Insert the rows in batches with bound values; returns the first batch's statement. -#}
{% macro load_csv_rows(model, agate_table) -%}
  {{ return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) }}
{%- endmacro %}

{% macro default__load_csv_rows(model, agate_table) -%}
  {%- set columns = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
  {%- set placeholders = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- do placeholders.append(get_binding_char()) -%}
  {%- endfor -%}
  {%- set row_sql = '(' ~ placeholders | join(',') ~ ')' -%}

  {%- set statements = [] -%}
  {%- for batch in agate_table.rows | batch(get_batch_size()) -%}
    {%- set values = [] -%}
    {%- set rows = [] -%}
    {%- for row in batch -%}
      {%- do values.extend(row) -%}
      {%- do rows.append(row_sql) -%}
    {%- endfor -%}
    {%- do statements.append('insert into ' ~ this.render() ~ ' (' ~ columns ~ ') values ' ~ rows | join(',')) -%}
    {%- do adapter.add_query(statements[-1], bindings=values, abridge_sql_log=true) -%}
  {%- endfor -%}
  {{ return(statements[0]) }}
{%- endmacro %}


{% macro get_csv_sql(create_or_truncate_sql, insert_sql) -%}
  {{ return(adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql)) }}
{%- endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) -%}
    {{ create_or_truncate_sql }};
    -- dbt seed --
    {{ insert_sql }}
{%- endmacro %}


{% macro get_binding_char() -%}
  {{ return(adapter.dispatch('get_binding_char', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_binding_char() -%}
  {{ return('%s') }}
{%- endmacro %}


{% macro get_batch_size() -%}
  {{ return(adapter.dispatch('get_batch_size', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_batch_size() -%}
  {{ return(10000) }}
{%- endmacro %}


{% macro get_seed_column_quoted_csv(model, column_names) -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote_seed_column(name, quote_columns)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{%- endmacro %}
