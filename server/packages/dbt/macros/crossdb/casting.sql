{#-
  Casts and comparisons.
-#}

{% macro cast(field, type) %}
  {{ return(adapter.dispatch('cast', 'dbt')(field, type)) }}
{% endmacro %}

{% macro default__cast(field, type) %}
    cast({{ field }} as {{ type }})
{% endmacro %}


{#- A cast that yields null where the value does not fit, on warehouses that have one. -#}
{% macro safe_cast(field, type) %}
  {{ return(adapter.dispatch('safe_cast', 'dbt')(field, type)) }}
{% endmacro %}

{% macro default__safe_cast(field, type) %}
    cast({{ field }} as {{ type }})
{% endmacro %}


{% macro cast_bool_to_text(field) %}
  {{ return(adapter.dispatch('cast_bool_to_text', 'dbt')(field)) }}
{% endmacro %}

{% macro default__cast_bool_to_text(field) %}
    cast({{ field }} as {{ api.Column.translate_type('string') }})
{% endmacro %}


{#- Equality. With the behaviour flag two nulls are equal too; the `case` makes it true or false, never null. -#}
{% macro equals(expr1, expr2) %}
  {{ return(adapter.dispatch('equals', 'dbt')(expr1, expr2)) }}
{% endmacro %}

{% macro default__equals(expr1, expr2) -%}
  {%- if adapter.behavior.enable_truthy_nulls_equals_macro.no_warn %}
    case when (({{ expr1 }} = {{ expr2 }}) or ({{ expr1 }} is null and {{ expr2 }} is null))
        then 0
        else 1
    end = 0
  {%- else -%}
    ({{ expr1 }} = {{ expr2 }})
  {%- endif %}
{% endmacro %}
