{% macro factorial(n) %}
    {% if n <= 1 %}{{ return(1) }}{% endif %}
    {{ return(n * factorial(n - 1)) }}
{% endmacro %}

{# Two macros that call each other. #}
{% macro is_even(n) %}{{ return(true if n == 0 else is_odd(n - 1)) }}{% endmacro %}
{% macro is_odd(n) %}{{ return(false if n == 0 else is_even(n - 1)) }}{% endmacro %}

{% macro flatten(items) %}
    {% set flat = [] %}
    {% for item in items %}
        {% if item is sequence and item is not string %}{% do flat.extend(flatten(item)) %}{% else %}{% do flat.append(item) %}{% endif %}
    {% endfor %}
    {{ return(flat) }}
{% endmacro %}
