{#-
  Names of intermediate, temporary and backup relations. PostgreSQL cuts a name after 63 characters without a word, so the
  base is shortened until the suffix fits whole.
-#}

{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) -%}
  {%- if dstring -%}
    {%- set suffix = suffix ~ modules.datetime.datetime.now().strftime('%H%M%S%f') -%}
  {%- endif -%}
  {%- set room = base_relation.relation_max_name_length() -%}
  {%- set suffix_length = suffix | length -%}
  {%- if suffix_length > room -%}
    {%- do exceptions.raise_compiler_error('Relation suffix is too long (' ~ suffix_length ~ ' characters). Maximum length is ' ~ room ~ ' characters.') -%}
  {%- endif -%}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier[:room - suffix_length] ~ suffix})) }}
{%- endmacro %}

{% macro postgres__make_intermediate_relation(base_relation, suffix) -%}
  {{ return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=false)) }}
{%- endmacro %}

{#- A temporary table lives in a schema of the session's own. Sessions serve several nodes, so the name carries the time. -#}
{% macro postgres__make_temp_relation(base_relation, suffix) -%}
  {%- set temp_relation = postgres__make_relation_with_suffix(base_relation, suffix, dstring=true) -%}
  {{ return(temp_relation.incorporate(path={'schema': none, 'database': none})) }}
{%- endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) -%}
  {%- set backup_relation = postgres__make_relation_with_suffix(base_relation, suffix, dstring=false) -%}
  {{ return(backup_relation.incorporate(type=backup_relation_type)) }}
{%- endmacro %}
