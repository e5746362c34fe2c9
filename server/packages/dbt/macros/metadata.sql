{#-
  What the warehouse knows about relations: their catalog (tables, columns, comments) and when they last changed. Every
  adapter has its own way, so there are no default queries here.
-#}

{#- Everything in some schemas. -#}
{% macro get_catalog(information_schema, schemas) -%}
  {{ return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) }}
{%- endmacro %}

{% macro default__get_catalog(information_schema, schemas) -%}
  {{ exceptions.raise_compiler_error('get_catalog not implemented for ' ~ adapter.type()) }}
{%- endmacro %}


{#- The same for some relations; asked when there are few of them. -#}
{% macro get_catalog_relations(information_schema, relations) -%}
  {{ return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) }}
{%- endmacro %}

{% macro default__get_catalog_relations(information_schema, relations) -%}
  {{ exceptions.raise_compiler_error('get_catalog_relations not implemented for ' ~ adapter.type()) }}
{%- endmacro %}


{% macro get_catalog_for_single_relation(relation) -%}
  {{ return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_catalog_for_single_relation(relation) -%}
  {{ exceptions.raise_not_implemented('get_catalog_for_single_relation macro not implemented for adapter ' ~ adapter.type()) }}
{%- endmacro %}


{#- Which relation depends on which, on warehouses where a drop cascades. -#}
{% macro get_relations() -%}
  {{ return(adapter.dispatch('get_relations', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_relations() -%}
  {{ exceptions.raise_not_implemented('get_relations macro not implemented for adapter ' ~ adapter.type()) }}
{%- endmacro %}


{#- For the freshness of sources that name no column to look at. -#}
{% macro get_relation_last_modified(information_schema, relations) -%}
  {{ return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) }}
{%- endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) -%}
  {{ exceptions.raise_not_implemented('get_relation_last_modified macro not implemented for adapter ' ~ adapter.type()) }}
{%- endmacro %}
