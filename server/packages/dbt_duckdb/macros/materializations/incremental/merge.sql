{#-
  The strategy `merge`, with everything DuckDB's MERGE can do. Simple configs (`merge_update_columns`,
  `merge_exclude_columns`, `merge_update_condition`, `merge_insert_condition`, `merge_update_set_expressions`,
  `merge_on_using_columns`, `merge_returning_columns`) describe one update and one insert; `merge_clauses` spells out any
  list of WHEN clauses instead. Columns are matched by name unless a config says otherwise.
-#}

{% macro duckdb__get_incremental_merge_sql(args_dict) -%}
  {{ return(duckdb__get_merge_sql(
    args_dict['target_relation'],
    args_dict['temp_relation'],
    args_dict['unique_key'],
    args_dict['dest_columns'],
    args_dict.get('incremental_predicates'),
  )) }}
{%- endmacro %}


{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {%- do validate_merge_config(config, target) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set returning = config.get('merge_returning_columns') -%}
  {%- set update_columns = config.get('merge_update_columns') or [] -%}
  {%- set exclude_columns = config.get('merge_exclude_columns') or [] -%}
  {%- set set_expressions = config.get('merge_update_set_expressions') or {} -%}
  {%- set defaults = merge_clause_defaults(
    config.get('merge_update_condition', none),
    config.get('merge_insert_condition', none),
    update_columns,
    exclude_columns,
    set_expressions,
  ) -%}
  {%- set names_columns = update_columns or exclude_columns or set_expressions -%}
  {%- set update = defaults['when_matched_update_explicit' if names_columns else 'when_matched_update_by_name'] -%}
  {%- set clauses = config.get('merge_clauses') or {} -%}

    {{ header if header is not none }}
    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    {{ duckdb__merge_join_clause(unique_key, config.get('merge_on_using_columns'), normalize_incremental_predicates(incremental_predicates)) }}
  {%- for clause in clauses.get('when_matched', [update]) %}
    when matched {{ duckdb__merge_condition(clause) }} then
      {{ duckdb__merge_matched_action(clause, dest_columns) }}
  {%- endfor %}
  {%- for clause in clauses.get('when_not_matched', [defaults['when_not_matched_insert_by_name']]) %}
    when not matched {{ 'by ' ~ clause['by'] if clause.get('by') }} {{ duckdb__merge_condition(clause) }} then
      {{ duckdb__merge_not_matched_action(clause) }}
  {%- endfor %}
  {%- if returning %}
    returning {{ returning if returning is string else returning | join(', ') }}
  {%- endif %}
{%- endmacro %}


{#- The clauses that the simple configs stand for. -#}
{% macro merge_clause_defaults(
  merge_update_condition,
  merge_insert_condition,
  merge_update_columns=[],
  merge_exclude_columns=[],
  merge_update_set_expressions={}
) -%}
  {{ return({
    'when_matched_update_by_name': {'action': 'update', 'mode': 'by_name', 'condition': merge_update_condition},
    'when_matched_update_explicit': {
      'action': 'update',
      'mode': 'explicit',
      'condition': merge_update_condition,
      'update': {
        'include': merge_update_columns,
        'exclude': merge_exclude_columns,
        'set_expressions': merge_update_set_expressions,
      },
    },
    'when_not_matched_insert_by_name': {'action': 'insert', 'mode': 'by_name', 'condition': merge_insert_condition},
  }) }}
{%- endmacro %}


{#- `using (columns)` where the config names them, else `on` the unique key; without a key nothing matches. -#}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
  {%- set conditions = [] -%}
  {%- if not merge_on_using_columns -%}
    {%- for key in ([unique_key] if unique_key is string else unique_key) or [] -%}
      {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
    {%- endfor -%}
    {%- if not unique_key -%}
      {%- do conditions.append('FALSE') -%}
    {%- endif -%}
  {%- endif -%}
  {%- do conditions.extend(incremental_predicates or []) -%}
  {{ 'using (' ~ merge_on_using_columns | join(', ') ~ ')' if merge_on_using_columns }}
  {{ 'on (' ~ conditions | join(') and (') ~ ')' if conditions }}
{%- endmacro %}


{% macro duckdb__merge_condition(clause) -%}
  {%- set condition = clause.get('condition') -%}
  {%- if condition is string and condition -%}
    and {{ condition }}
  {%- elif condition -%}
    and ({{ condition | join(') and (') }})
  {%- endif -%}
{%- endmacro %}


{% macro duckdb__merge_matched_action(clause, dest_columns) -%}
  {%- set mode = clause.get('mode') -%}
  {%- if clause.get('action') != 'update' -%}
    {{ duckdb__merge_other_action(clause) }}
  {%- elif mode == 'by_name' -%}
    update by name
  {%- elif mode == 'by_position' -%}
    update by position
  {%- elif mode == 'star' -%}
    update set *
  {%- elif mode == 'explicit' -%}
    {%- set columns = clause.get('update') or {} -%}
    {%- set expressions = columns.get('set_expressions') or {} -%}
    {%- set assignments = [] -%}
    {%- for name, expression in expressions.items() -%}
      {%- do assignments.append(name ~ ' = ' ~ expression) -%}
    {%- endfor -%}
    {#- An expression takes precedence over copying the column, which may be quoted here and not there. -#}
    {%- for column in get_merge_update_columns(columns.get('include') or [], columns.get('exclude') or [], dest_columns)
      if column.replace('"', '').replace("'", '') not in expressions -%}
      {%- do assignments.append(column ~ ' = DBT_INTERNAL_SOURCE.' ~ column) -%}
    {%- endfor -%}
    update set {{ assignments | join(', ') }}
  {%- endif -%}
{%- endmacro %}


{% macro duckdb__merge_not_matched_action(clause) -%}
  {%- set mode = clause.get('mode') -%}
  {%- if clause.get('action') == 'update' -%}
    {%- set assignments = [] -%}
    {%- for name, expression in (clause.get('set_expressions') or {}).items() -%}
      {%- do assignments.append(name ~ ' = ' ~ expression) -%}
    {%- endfor -%}
    update set {{ assignments | join(', ') }}
  {%- elif clause.get('action') != 'insert' -%}
    {{ duckdb__merge_other_action(clause) }}
  {%- elif mode == 'by_name' -%}
    insert by name
  {%- elif mode == 'by_position' -%}
    insert by position
  {%- elif mode == 'star' -%}
    insert *
  {%- elif mode == 'explicit' -%}
    {%- set columns = clause.get('insert') or {} -%}
    insert ({{ (columns.get('columns') or []) | join(', ') }}) values ({{ (columns.get('values') or []) | join(', ') }})
  {%- endif -%}
{%- endmacro %}


{% macro duckdb__merge_other_action(clause) -%}
  {%- if clause.get('action') == 'delete' -%}
    delete
  {%- elif clause.get('action') == 'do_nothing' -%}
    do nothing
  {%- elif clause.get('action') == 'error' -%}
    error{{ " '" ~ (clause['error_message'] | replace("'", "''")) ~ "'" if clause.get('error_message') }}
  {%- endif -%}
{%- endmacro %}
