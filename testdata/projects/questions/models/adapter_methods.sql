{% set letters = ref('letters') %}
{% set asked = {} %}
{% if execute %}
    {% set scratch = api.Relation.create(database=target.database, schema='scratch', identifier='first', type='table') %}
    {% set renamed = api.Relation.create(database=target.database, schema='scratch', identifier='second', type='table') %}
    {% do adapter.create_schema(api.Relation.create(database=target.database, schema='scratch_two')) %}
    {% do asked.update({'schema is there': adapter.check_schema_exists(target.database, 'scratch_two')}) %}
    {% do asked.update({'schemas': run_query("select schema_name from information_schema.schemata where catalog_name = current_database()").columns[0].values() | select('in', ['scratch', 'scratch_two', 'main']) | sort | list}) %}
    {% do adapter.drop_schema(api.Relation.create(database=target.database, schema='scratch_two')) %}
    {% do asked.update({'schema is gone': not adapter.check_schema_exists(target.database, 'scratch_two')}) %}
    {% do run_query('create or replace table ' ~ scratch ~ ' as select 1 as id, $$x$$ as name, cast(null as varchar) as more') %}
    {% do adapter.cache_added(scratch) %}
    {% do asked.update({'missing': adapter.get_missing_columns(scratch, letters) | map(attribute='name') | list}) %}
    {% do adapter.expand_target_column_types(from_relation=letters, to_relation=scratch) %}
    {% do adapter.rename_relation(scratch, renamed) %}
    {% do asked.update({'renamed': adapter.get_relation(target.database, 'scratch', 'second') is not none, 'old name': adapter.get_relation(target.database, 'scratch', 'first') is none}) %}
    {% do adapter.drop_relation(renamed) %}
    {% do asked.update({'dropped': load_relation(renamed) is none}) %}
    {% do asked.update({'columns': adapter.get_columns_in_relation(letters) | map(attribute='column') | list}) %}
    {% do asked.update({'strategies': adapter.valid_incremental_strategies() | sort}) %}
    {% do asked.update({'of a query': adapter.get_column_schema_from_query('select 1 as a, $$x$$ as b') | map(attribute='name') | list}) %}
    {% set response, table = adapter.execute('select 1 as one', fetch=true) %}
    {% do asked.update({'executed': table.rows[0][0]}) %}
{% endif %}
select
    {%- for name, value in asked.items() %}
    $${{ value }}$$ as {{ adapter.quote(name) }},
    {%- endfor %}
    '{{ adapter.quote_as_configured("a b", "identifier") }} {{ adapter.quote_seed_column("id", none) }} {{ adapter.quote_seed_column("id", true) }}' as quoted,
    '{{ adapter.type() }} {{ letters.is_table }} {{ letters.is_cte }} {{ letters.without_identifier() }} {{ letters.quote(identifier=false) }}' as kinds,
    $${{ letters.incorporate(path={"identifier": "other"}) }} {{ letters.include(database=false, schema=false) }} {{ letters.database == target.database }}$$ as parts
from {{ letters }} where id = 1
