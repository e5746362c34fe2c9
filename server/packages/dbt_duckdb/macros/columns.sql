{#-
  Columns. Asked with `describe`, which works for tables, views and files alike and reads nothing but the one relation's
  entry; the adapter answers with no columns for a relation that is not there.
-#}

{#- Precision and scale are part of DuckDB's type names. -#}
{% macro duckdb__get_columns_in_relation(relation) -%}
  {%- call statement('get_columns_in_relation', fetch_result=true) -%}
    select
      column_name,
      column_type as data_type,
      cast(null as bigint) as character_maximum_length,
      cast(null as bigint) as numeric_precision,
      cast(null as bigint) as numeric_scale
    from (describe {{ relation.render() }})
  {%- endcall -%}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}


{#- A header cannot stand inside `describe (...)`: it is executed first, and what it sets lasts for the session. -#}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {%- if select_sql_header is not none -%}
    {%- do run_query(select_sql_header) -%}
  {%- endif %}
    select * from (
      {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{%- endmacro %}


{#- DuckDB alters one column per statement. -#}
{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
  {%- set alter = 'alter ' ~ relation.type ~ ' ' ~ relation.render() -%}
  {%- for column in add_columns or [] -%}
    {%- do run_query(alter ~ ' add column ' ~ adapter.quote(column.name) ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {%- for column in remove_columns or [] -%}
    {%- do run_query(alter ~ ' drop column ' ~ adapter.quote(column.name)) -%}
  {%- endfor -%}
{%- endmacro %}


{#- In place: to rewrite a column and rename it is more than one transaction of DuckDB can do to a table it inserts into. -#}
{% macro duckdb__alter_column_type(relation, column_name, new_column_type) -%}
  {%- call statement('alter_column_type') -%}
    alter table {{ relation.render() }} alter column {{ adapter.quote(column_name) }} type {{ new_column_type }}
  {%- endcall -%}
{%- endmacro %}
