{#-
  How a DuckLake table lies on disk: the configs `partitioned_by` (or `partition_by`) and `sorted_by` (or `sort_by`), a
  column or a list of them. Elsewhere they are ignored with a warning.
-#}

{#- SQL that sets the layout on a table without rows; empty where none is asked for. -#}
{% macro duckdb__table_layout(relation, partitioned_by, sorted_by) -%}
  {%- if partitioned_by -%}
    {{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) }}
  {%- endif -%}
  {%- if sorted_by -%}
    {{ duckdb__alter_table_set_sorted_by(relation, sorted_by) }}
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
  alter table {{ relation.render() }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
  alter table {{ relation.render() }} set sorted by ({{ sorted_by }});
{%- endmacro %}


{#- The column list, or none. Partitions may be expressions, so they are not quoted. -#}
{% macro duckdb__get_partitioned_by(relation, temporary) -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, 'partitioned_by', 'partition_by') -%}
  {{ return(columns | join(', ') if columns else none) }}
{%- endmacro %}

{% macro duckdb__get_sorted_by(relation, temporary) -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, 'sorted_by', 'sort_by') -%}
  {%- set quoted = [] -%}
  {%- for column in columns or [] -%}
    {%- do quoted.append(adapter.quote(column | replace('"', '""'))) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ') if quoted else none) }}
{%- endmacro %}

{% macro duckdb__layout_columns(relation, temporary, key, other_key) -%}
  {%- set configured = config.get(key) or config.get(other_key) -%}
  {%- if temporary or configured is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set keys = key ~ '/' ~ other_key -%}
  {%- set columns = normalize_string_or_list(configured, keys) -%}
  {%- if not columns -%}
    {%- do exceptions.raise_compiler_error(keys ~ ' must contain at least one column') -%}
  {%- elif not adapter.is_ducklake(relation) -%}
    {%- do adapter.warn_once(keys ~ ' is only supported for DuckLake relations; ignoring for ' ~ relation) -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(columns) }}
{%- endmacro %}


{#- A config that may be one string or a list of them, as a list. -#}
{% macro normalize_string_or_list(raw, field_name) -%}
  {%- if raw is none -%}
    {{ return([]) }}
  {%- elif raw is mapping or (raw is not string and raw is not sequence) -%}
    {%- do exceptions.raise_compiler_error(field_name ~ ' must be a list of strings or a string') -%}
  {%- endif -%}
  {%- set items = [raw] if raw is string else raw | list -%}
  {%- for item in items if item is not string -%}
    {%- do exceptions.raise_compiler_error(field_name ~ ' list values must be non-empty strings') -%}
  {%- endfor -%}
  {{ return(items) }}
{%- endmacro %}
