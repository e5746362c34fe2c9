{#-
  Contracts: the columns that the properties file promises, as DDL, and the check that the query keeps the promise.
-#}

{#- The parenthesised column list of a `create table`, with types and constraints. -#}
{% macro get_table_columns_and_constraints() -%}
  {{ return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
  {{ return(table_columns_and_constraints()) }}
{%- endmacro %}

{% macro table_columns_and_constraints() -%}
  {%- set definitions = [] -%}
  {%- do definitions.extend(adapter.render_raw_columns_constraints(raw_columns=model['columns'])) -%}
  {%- do definitions.extend(adapter.render_raw_model_constraints(raw_constraints=model['constraints'])) %}
    (
      {{ definitions | join(',\n      ') }}
    )
{%- endmacro %}


{#- Fails unless the query yields exactly the promised columns. Renders to nothing. -#}
{% macro get_assert_columns_equivalent(sql) -%}
  {{ return(adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql)) }}
{%- endmacro %}

{% macro default__get_assert_columns_equivalent(sql) -%}
  {{ return(assert_columns_equivalent(sql)) }}
{%- endmacro %}

{#-
  Both sides are asked of the warehouse, which knows that `int` and `integer` are one type. The order of columns is free:
  `get_select_subquery` puts them in the order of the properties file.
-#}
{% macro assert_columns_equivalent(sql) -%}
  {%- set promised = model['columns'] -%}
  {%- if not promised -%}
    {%- do exceptions.raise_contract_error([], []) -%}
  {%- endif -%}
  {%- set actual_columns = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) -%}
  {%- set promised_columns = format_columns(get_column_schema_from_query(get_empty_schema_sql(promised))) -%}
  {%- set promised_by_name = {} -%}
  {%- for column in promised_columns -%}
    {%- do promised_by_name.update({column['name']: column['formatted']}) -%}
  {%- endfor -%}

  {%- if actual_columns | length != promised_columns | length -%}
    {%- do exceptions.raise_contract_error(promised_columns, actual_columns) -%}
  {%- endif -%}
  {%- for column in actual_columns if promised_by_name.get(column['name']) != column['formatted'] -%}
    {%- do exceptions.raise_contract_error(promised_columns, actual_columns) -%}
  {%- endfor -%}
{%- endmacro %}

{% macro format_columns(columns) -%}
  {%- set formatted = [] -%}
  {%- for column in columns -%}
    {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}
  {%- endfor -%}
  {{ return(formatted) }}
{%- endmacro %}

{% macro default__format_column(column) -%}
  {{ return({
    'name': column.name,
    'data_type': column.dtype,
    'formatted': column.column.lower() ~ ' ' ~ column.dtype,
  }) }}
{%- endmacro %}


{#- A query that yields no rows of the promised columns: every column needs a type for that. -#}
{% macro get_empty_schema_sql(columns) -%}
  {{ return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) }}
{%- endmacro %}

{% macro default__get_empty_schema_sql(columns) -%}
  {%- set untyped = [] -%}
  {%- set unscaled = [] -%}
  {%- set expressions = [] -%}
  {%- for column in columns.values() -%}
    {%- set data_type = column.get('data_type') -%}
    {%- if not data_type -%}
      {%- do untyped.append(column['name']) -%}
    {%- else -%}
      {%- if data_type.strip().lower() in ['numeric', 'decimal', 'number'] -%}
        {%- do unscaled.append(column['name']) -%}
      {%- endif -%}
      {%- set name = adapter.quote(column['name']) if column.get('quote') else column['name'] -%}
      {%- do expressions.append((cast('null', data_type) | trim) ~ ' as ' ~ name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if untyped -%}
    {%- do exceptions.column_type_missing(column_names=untyped) -%}
  {%- elif unscaled -%}
    {%- do exceptions.warn('Detected columns with numeric type and unspecified precision/scale, this can lead to unintended rounding: ' ~ unscaled) -%}
  {%- endif %}
    select {{ expressions | join(', ') }}
{%- endmacro %}


{#- The model's query with its columns in the promised order. -#}
{% macro get_select_subquery(sql) -%}
  {{ return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) }}
{%- endmacro %}

{% macro default__get_select_subquery(sql) %}
    select {{ adapter.dispatch('get_column_names', 'dbt')() | trim }}
    from (
      {{ sql }}
    ) as model_subq
{%- endmacro %}

{% macro default__get_column_names() -%}
  {%- set names = [] -%}
  {%- for column in model['columns'].values() -%}
    {%- do names.append(adapter.quote(column['name']) if column.get('quote') else column['name']) -%}
  {%- endfor -%}
  {{ names | join(', ') }}
{%- endmacro %}
