{#-
  Rows written by hand in a unit test, as SQL. Names are compared in lower case; values get the type of their column.
-#}

{#-
  Rows of an input. It is called with the input as `model` and `this`, before the test's own query is built, and asks the
  warehouse for the types; an input that was never built may be found through `--defer`. Columns that a row leaves out
  are null.
-#}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
-- Fixture for {{ model.name }}
  {%- set types = column_name_to_data_types -%}
  {%- set quoted = {} -%}
  {%- if not types -%}
    {%- set types = {} -%}
    {%- set relation = defer_relation if defer_relation and not load_relation(this) else this -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do types.update({column.name | lower: column.data_type}) -%}
      {%- do quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if not types -%}
    {%- do exceptions.raise_compiler_error("Not able to get columns for unit test '" ~ model.name ~ "' from relation " ~ this ~ " because the relation doesn't exist") -%}
  {%- endif -%}
  {%- do validate_fixture_rows(rows, row_number) -%}

  {%- set nulls = {} -%}
  {%- for name, type in types.items() -%}
    {%- do nulls.update({name: safe_cast('null', type) | trim}) -%}
  {%- endfor -%}

  {%- set selects = [] -%}
  {%- for row in rows -%}
    {%- set values = nulls.copy() -%}
    {%- do values.update(format_row(row, types)) -%}
    {%- do selects.append(dbt_fixture_select(values, quoted)) -%}
  {%- endfor %}
{{ selects | join('\nunion all\n') if selects else dbt_fixture_select(nulls, quoted) ~ '\nlimit 0' }}
{% endmacro %}


{#- The rows a test expects: only the columns that they name are compared. -#}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
  {%- set selects = [] -%}
  {%- for row in rows -%}
    {%- do selects.append(dbt_fixture_select(format_row(row, column_name_to_data_types), column_name_to_quoted)) -%}
  {%- endfor %}
{{ selects | join('\nunion all\n') if selects else 'select * from dbt_internal_unit_test_actual\nlimit 0' }}
{% endmacro %}


{#- One row of {name: expression}. -#}
{% macro dbt_fixture_select(values, column_name_to_quoted) -%}
  {%- set columns = [] -%}
  {%- for name, value in values.items() -%}
    {%- do columns.append((value | trim) ~ ' as ' ~ column_name_to_quoted.get(name, name)) -%}
  {%- endfor -%}
  {{ return('select ' ~ columns | join(', ')) }}
{%- endmacro %}


{#- {name: value} from YAML or CSV to {name in lower case: expression}; an error for a column that there is none of. -#}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set formatted = {} -%}
  {%- for name, value in row.items() -%}
    {%- set name = name | lower -%}
    {%- if name not in column_name_to_data_types -%}
      {%- set fixture = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
      {%- do exceptions.raise_compiler_error("Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ fixture
        ~ '.\nAccepted columns for ' ~ fixture ~ ' are: ' ~ column_name_to_data_types.keys() | list) -%}
    {%- endif -%}
    {%- set type = column_name_to_data_types[name] -%}
    {%- if value is string -%}
      {#- A length would cut the fixture's value to what the test is to find out. -#}
      {%- set type = type.split('(')[0] if 'varying' in type else type -%}
      {%- set value = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
    {%- elif value is none -%}
      {%- set value = 'null' -%}
    {%- endif -%}
    {%- do formatted.update({name: safe_cast(value, type)}) -%}
  {%- endfor -%}
  {{ return(formatted) }}
{%- endmacro %}


{#- For adapters that have to refuse some rows. -#}
{% macro validate_fixture_rows(rows, row_number) -%}
  {{ return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) }}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
