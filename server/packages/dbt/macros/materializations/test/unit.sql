{#-
  The materialization `unit`: run a model's query over fixtures and return its rows next to the expected ones; the engine
  compares them. The engine has put the fixtures in place of the model's inputs, as CTEs, by `get_fixture_sql`.
-#}

{% materialization unit, default %}
  {%- set header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set tested_columns = expected_rows[0].keys() if expected_rows else get_columns_in_query(sql) -%}

  {#- An empty table of the query's columns, to be asked for their types. -#}
  {%- set temp_relation = make_temp_relation(this.incorporate(type='table')) -%}
  {%- do run_query(get_create_table_as_sql(true, temp_relation, get_empty_subquery_sql(sql))) -%}
  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for column in adapter.get_columns_in_relation(temp_relation) -%}
    {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}

  {%- set tested_columns_quoted = [] -%}
  {%- for name in tested_columns -%}
    {%- do tested_columns_quoted.append(quoted[name | lower]) -%}
  {%- endfor -%}
  {%- set expected_sql = config.get('expected_sql') or get_expected_sql(expected_rows, types, quoted) -%}

  {%- call statement('main', fetch_result=true) -%}
    {{ header if header }}
    {{ get_unit_test_sql(sql, expected_sql, tested_columns_quoted) }}
  {%- endcall -%}

  {%- do adapter.drop_relation(temp_relation) -%}
  {{ return({'relations': []}) }}
{% endmaterialization %}


{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{ return(adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names)) }}
{%- endmacro %}

{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {%- set columns = expected_column_names | join(', ') -%}
  {%- set side = adapter.quote('actual_or_expected') -%}
    with dbt_internal_unit_test_actual as (
      select {{ columns }}, {{ dbt.string_literal('actual') }} as {{ side }}
      from (
        {{ main_sql }}
      ) _dbt_internal_unit_test_actual
    ),

    dbt_internal_unit_test_expected as (
      select {{ columns }}, {{ dbt.string_literal('expected') }} as {{ side }}
      from (
        {{ expected_fixture_sql }}
      ) _dbt_internal_unit_test_expected
    )

    select * from dbt_internal_unit_test_actual
    union all
    select * from dbt_internal_unit_test_expected
{%- endmacro %}
