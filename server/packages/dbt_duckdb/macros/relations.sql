{#-
  Creating, dropping and renaming relations.
-#}

{#- Dispatches with all arguments: DuckDB builds tables from Python too, and a DuckLake table may be partitioned and sorted. -#}
{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {{ return(adapter.dispatch('create_table_as', 'dbt')(
    temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
  )) }}
{%- endmacro %}

{#-
  With a contract the table is declared first, since `create table ... as` takes no constraints. Partitioning and sorting
  are set on an empty table too, or they would not apply to its rows.
-#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {%- if language == 'python' -%}
    {{ return(py_write_table(temporary, relation, compiled_code, partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
  {%- elif language != 'sql' -%}
    {%- do exceptions.raise_compiler_error('a DuckDB table is built by sql or python, not by ' ~ language) -%}
  {%- endif -%}
  {%- set contract = config.get('contract') -%}
  {%- set has_contract = contract and contract.enforced -%}
  {%- if has_contract -%}
    {{ get_assert_columns_equivalent(compiled_code) }}
  {%- endif -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set name = relation.include(database=not temporary, schema=not temporary) -%}

  {{ header if header is not none }}
  create {{ 'temporary ' if temporary }}table {{ name }}
  {%- if has_contract and not temporary %}
  {{ get_table_columns_and_constraints() }};
  {{ duckdb__table_layout(relation, partitioned_by, sorted_by) }}
  insert into {{ name }} {{ get_column_names() }} (
    {{ get_select_subquery(compiled_code) }}
  );
  {%- elif partitioned_by or sorted_by %}
  as (
    select * from (
      {{ compiled_code }}
    ) as model_subq
    limit 0
  );
  {{ duckdb__table_layout(relation, partitioned_by, sorted_by) }}
  insert into {{ name }}
  select * from (
    {{ compiled_code }}
  ) as model_subq;
  {%- else %}
  as (
    {{ compiled_code }}
  );
  {%- endif %}
{%- endmacro %}


{% macro duckdb__create_view_as(relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {%- if contract and contract.enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif -%}
  {{ header if header is not none }}
  create view {{ relation.render() }} as (
    {{ sql }}
  );
{%- endmacro %}


{#- DuckLake does not know `cascade`. -#}
{% macro duckdb__get_drop_sql(relation) -%}
  drop {{ relation.type }} if exists {{ relation.render() }}{{ ' cascade' if not adapter.is_ducklake(relation) }}
{%- endmacro %}

{% macro duckdb__drop_relation(relation) -%}
  {{ return(default__drop_relation(relation)) }}
{%- endmacro %}


{% macro duckdb__rename_relation(from_relation, to_relation) -%}
  {%- set new_name = adapter.quote_as_configured(to_relation.identifier, 'identifier') -%}
  {%- call statement('rename_relation') -%}
    alter {{ to_relation.type }} {{ from_relation.render() }} rename to {{ new_name }}
  {%- endcall -%}
{%- endmacro %}


{#-
  A temporary table lives in the connection, not in the model's schema. Connections are reused within a run, so the name
  carries the time.
-#}
{% macro duckdb__make_temp_relation(base_relation, suffix) -%}
  {{ return(base_relation.incorporate(path={
    'database': none,
    'schema': none,
    'identifier': base_relation.identifier ~ suffix ~ py_current_timestring(),
  })) }}
{%- endmacro %}


{#- The column list that contracts insert into, in parentheses. -#}
{% macro get_column_names() -%}
  ({{ default__get_column_names() | trim }})
{%- endmacro %}
