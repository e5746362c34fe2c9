{# A threshold with a default; returns the failing rows. #}
{% test above(model, column_name, threshold=0, strictly=true) %}
    select * from {{ model }} where {{ column_name }} {{ '<=' if strictly else '<' }} {{ threshold }}
{% endtest %}

{# The default of a config is set inside of the test, where a property file still beats it. #}
{% test never(model) %}
    {{ config(severity='warn', warn_if='>2') }}
    select * from {{ model }}
{% endtest %}
