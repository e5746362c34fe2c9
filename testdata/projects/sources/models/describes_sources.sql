{% set relation = source('raw', 'customers') %}
select
    '{{ relation }}' as rendered,
    '{{ relation.schema }}.{{ relation.identifier }}' as parts,
    '{{ relation.database }}' as database
    {%- if execute %},
    '{% for node in graph.sources.values() | sort(attribute="unique_id") %}{{ node.source_name }}.{{ node.name }} {% endfor %}' as all_sources
    {%- endif %}
