{# Overrides the built-in test of the same name for the whole project. #}
{% test not_null(model, column_name) %}
    select {{ column_name }} as the_null_one
    from {{ model }}
    where {{ column_name }} is null
{% endtest %}

{% test sum_is(model, column_name, total) %}
    {{ config(fail_calc='max(difference)', error_if='!= 0') }}
    select coalesce(abs(sum({{ column_name }}) - {{ total }}), 0)::integer as difference from {{ model }}
{% endtest %}

{# Takes a list, a dict and a relation. #}
{% test mapped(model, column_name, to, mapping, also=[]) %}
    select {{ column_name }} from {{ model }}
    where {{ column_name }} not in (select kind from {{ to }})
    {%- for key, value in mapping.items() %} and {{ column_name }} <> '{{ key }}{{ value }}'{% endfor %}
    {%- for value in also %} and {{ column_name }} <> '{{ value }}'{% endfor %}
{% endtest %}

{# Refers to a node that no argument names: by itself, and through a macro. #}
{% test known_kind(model, column_name) %}
    select {{ column_name }} from {{ model }}
    where {{ column_name }} not in (select kind from {{ ref('kinds') }})
      and {{ column_name }} not in ({{ names_of_pets() }})
{% endtest %}

{% macro names_of_pets() %}select kind from {{ ref('pets') }}{% endmacro %}

{# Configures what it has computed; only the arguments of the test tell what that is. #}
{% test off_by(model, column_name, total) %}
    {% set difference %}max(abs(total - {{ total }})){% endset %}
    {{ config(fail_calc=difference, warn_if='> ' ~ total) }}
    select sum({{ column_name }}) as total from {{ model }}
{% endtest %}
