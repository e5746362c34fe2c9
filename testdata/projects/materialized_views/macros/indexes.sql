{% macro indexes() %}
{{ return({
    'first': [{'columns': ['id'], 'unique': true}, {'columns': ['Name']}],
    'second': [{'columns': ['id'], 'unique': true}, {'columns': ['name'], 'unique': true}],
    'none': [],
}[var('indexes')]) }}
{% endmacro %}
