{% macro is_fault(name) %}{{ return(var('fault', '') == name) }}{% endmacro %}

{% macro two_arguments(a, b=1) %}{{ a }}, {{ b }}{% endmacro %}

{% macro endless(n) %}{{ endless(n + 1) }}{% endmacro %}

{% macro calls_unknown() %}{{ nobody_wrote_this_one() }}{% endmacro %}
