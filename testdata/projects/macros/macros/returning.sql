{# `return` gives the value itself, not its text, and ends the macro. #}
{% macro pair(a, b=2) %}
    {% if a is none %}{{ return([]) }}{% endif %}
    {{ return([a, b]) }}
    this is never reached
{% endmacro %}

{% macro settings() %}
    {% do return({'one': 1, 'none': none, 'yes': true, 'nested': {'list': [1, 2.5, 'three']}}) %}
{% endmacro %}

{# Without `return`, a macro is its text. #}
{% macro as_text(n) %}{{ n + 1 }}{% endmacro %}

{# Return from inside a loop. #}
{% macro first_even(numbers) %}
    {% for n in numbers %}{% if n % 2 == 0 %}{{ return(n) }}{% endif %}{% endfor %}
    {{ return(none) }}
{% endmacro %}

{# A query's result handed to a macro. #}
{% macro joined_words(results) %}
    {% set out = {} %}
    {% for column in results.column_names %}{% do out.update({column: results.columns[column].values() | list}) %}{% endfor %}
    {{ return(out['word'] | join('&')) }}
{% endmacro %}
