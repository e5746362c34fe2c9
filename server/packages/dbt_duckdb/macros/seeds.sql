{#-
  Seeds. DuckDB reads the file itself, into the table that was created from the types the engine found in it; with the
  config `fast: false` the rows go in as bound values.
-#}

{% macro duckdb__get_binding_char() -%}
  {{ return(adapter.get_binding_char()) }}
{%- endmacro %}

{% macro duckdb__get_batch_size() -%}
  {{ return(10000) }}
{%- endmacro %}

{% macro duckdb__load_csv_rows(model, agate_table) -%}
  {%- if not config.get('fast', true) -%}
    {{ return(default__load_csv_rows(model, adapter.convert_datetimes_to_strs(agate_table))) }}
  {%- endif -%}
  {%- set path = adapter.get_seed_file_path(model) | replace("'", "''") -%}
  {%- set delimiter = config.get('delimiter', ',') -%}
  {%- set sql -%}
    copy {{ this.render() }} from '{{ path }}' (format csv, header true, delimiter '{{ delimiter }}')
  {%- endset -%}
  {%- do adapter.add_query(sql, abridge_sql_log=true) -%}
  {{ return(sql) }}
{%- endmacro %}
