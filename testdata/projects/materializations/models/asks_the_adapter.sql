{#- What macros and methods of the adapter say of a schema, of grants, and of what there is. -#}
{% set base = ref('with_index') %}
{% set said = {} %}
{% if execute %}
    {% set relations = list_relations_without_caching(base.without_identifier()) %}
    {% do said.update({'columns': relations.column_names | join(' ')}) %}
    {% for row in relations if row['name'] == base.identifier %}
        {% do said.update({'found': row.values() | join(' ')}) %}
    {% endfor %}
    {% set schemas = list_schemas(base.database) %}
    {% do said.update({'schemas': schemas.columns[0].values() | select('equalto', base.schema) | list}) %}
    {% set rows %}
        select 1 as place, 'ann' as grantee, 'SELECT' as privilege_type
        union all select 2, 'bea', 'SELECT' union all select 3, 'ann', 'INSERT' order by 1
    {% endset %}
    {% do said.update({'grants': adapter.standardize_grants_dict(run_query(rows))}) %}
    {% do said.update({'difference': diff_of_two_dicts({'select': ['ANN', 'carl'], 'update': ['ann']}, adapter.standardize_grants_dict(run_query(rows)))}) %}
{% endif %}
select
    {%- for name, value in said.items() %}
    $${{ value }}$$ as {{ adapter.quote(name) }},
    {%- endfor %}
    {# Capabilities are for dbt itself: templates cannot ask for them. #}
    $${{ [adapter.supports is defined, adapter.capabilities is defined] }}$$ as defined
from {{ base }}
