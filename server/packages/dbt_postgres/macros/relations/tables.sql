{#-
  Tables and views: creating, replacing, renaming and dropping them.
-#}

{#-
  With a contract the table is declared first, since `create table ... as` takes no constraints. An unlogged table is
  faster to write and empty after a crash.
-#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {%- set has_contract = contract and contract.enforced -%}
  {%- if has_contract -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif -%}

  {{ header if header is not none }}
  create {{ 'temporary ' if temporary else 'unlogged ' if config.get('unlogged', default=false) }}table {{ relation }}
  {%- if has_contract and not temporary %}
  {{ get_table_columns_and_constraints() }};
  insert into {{ relation }} (
    {{ adapter.dispatch('get_column_names', 'dbt')() }}
  )
  {%- set sql = get_select_subquery(sql) %}
  {%- else %}
  as
  {%- endif %}
  (
    {{ sql }}
  );
{%- endmacro %}


{% macro postgres__get_replace_table_sql(relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {{ header if header is not none }}
  create or replace table {{ relation }}
  {%- if contract and contract.enforced %}
    {{ get_assert_columns_equivalent(sql) }}
    {{ get_table_columns_and_constraints() }}
    {%- set sql = get_select_subquery(sql) %}
  {%- endif %}
  as (
    {{ sql }}
  );
{%- endmacro %}

{% macro postgres__get_rename_table_sql(relation, new_name) -%}
  alter table {{ relation }} rename to {{ new_name }}
{%- endmacro %}

{% macro postgres__drop_table(relation) -%}
  drop table if exists {{ relation }} cascade
{%- endmacro %}


{% macro postgres__get_replace_view_sql(relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {{ header if header is not none }}
  create or replace view {{ relation }}
  {%- if contract and contract.enforced %}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif %}
  as (
    {{ sql }}
  );
{%- endmacro %}

{% macro postgres__get_rename_view_sql(relation, new_name) -%}
  alter view {{ relation }} rename to {{ new_name }}
{%- endmacro %}

{% macro postgres__drop_view(relation) -%}
  drop view if exists {{ relation }} cascade
{%- endmacro %}
