{#-
  Dates in Jinja, while the SQL is being written: lists of partitions, and a time stamp for names.
-#}

{% macro convert_datetime(date_str, date_fmt) -%}
  {{ return(try_or_compiler_error(
    "The provided partition date '" ~ date_str ~ "' does not match the expected format '" ~ date_fmt ~ "'",
    modules.datetime.datetime.strptime,
    date_str.strip(),
    date_fmt,
  )) }}
{%- endmacro %}


{#- The days from start to end, both included; as dates if `out_fmt` is empty. -#}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') -%}
  {%- set start = convert_datetime(start_date_str, in_fmt) -%}
  {%- set end = convert_datetime(start_date_str if end_date_str is none else end_date_str, in_fmt) -%}
  {%- set days = (end - start).days -%}
  {%- if days < 0 -%}
    {%- do exceptions.raise_compiler_error('Partition start date is after the end date (' ~ start ~ ', ' ~ end ~ ')', model) -%}
  {%- endif -%}
  {%- set dates = [] -%}
  {%- for offset in range(days + 1) -%}
    {%- set date = start + modules.datetime.timedelta(days=offset) -%}
    {%- do dates.append(date.strftime(out_fmt) if out_fmt else date) -%}
  {%- endfor -%}
  {{ return(dates) }}
{%- endmacro %}


{#- `20240101` or `20240101,20240131`, as a var on the command line would have it. -#}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') -%}
  {%- set bounds = (raw_partition_date ~ '').split(',') -%}
  {%- if bounds | length > 2 -%}
    {%- do exceptions.raise_compiler_error('Invalid partition time. Expected format: {Start Date}[,{End Date}]. Got: ' ~ raw_partition_date) -%}
  {%- endif -%}
  {{ return(dates_in_range(bounds[0], bounds[1] if bounds | length == 2 else none, in_fmt=date_fmt)) }}
{%- endmacro %}


{% macro py_current_timestring() -%}
  {{ return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) }}
{%- endmacro %}
