{# Builds the model as a table, and its rows twice over in a second one. #}
{% materialization twofold, default %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set twin = api.Relation.create(database=database, schema=schema, identifier=this.identifier ~ '_twice', type='table') %}
    {{ run_hooks(pre_hooks) }}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main') %}create table {{ target_relation }} as ({{ sql }}){% endcall %}
    {% call statement('twin') %}
        create or replace table {{ twin }} as select * from {{ target_relation }} union all select * from {{ target_relation }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation, twin]}) }}
{% endmaterialization %}
