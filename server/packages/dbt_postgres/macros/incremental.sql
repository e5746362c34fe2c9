{#-
  Incremental strategies.
-#}

{% macro postgres__get_incremental_default_sql(arg_dict) -%}
  {%- if arg_dict['unique_key'] -%}
    {{ return(get_incremental_delete_insert_sql(arg_dict)) }}
  {%- endif -%}
  {{ return(get_incremental_append_sql(arg_dict)) }}
{%- endmacro %}

{% macro postgres__get_incremental_microbatch_sql(arg_dict) -%}
  {%- if arg_dict['unique_key'] -%}
    {{ return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) }}
  {%- endif -%}
  {%- do exceptions.raise_compiler_error("dbt-postgres 'microbatch' requires a `unique_key` config") -%}
{%- endmacro %}
