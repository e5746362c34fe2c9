{# Whom a model is for, as the var says. What is granted goes as it is, so a name that needs quotes has them. #}
{% macro readers() %}
{{ return({'few': ['ann', '"Carl-O"'], 'many': ['ann', 'bea'], 'none': []}[var('readers')]) }}
{% endmacro %}
