{% set upstream = ref('loops') %}
{% set columns = adapter.get_columns_in_relation(upstream) if execute else [] %}
{% set missing = adapter.get_relation(database=upstream.database, schema=upstream.schema, identifier='no_such_table') %}
{% set there = load_relation(upstream) %}

select
    '{{ columns | map(attribute="name") | join(",") }}' as columns,
    '{{ columns | map(attribute="dtype") | join(",") }}' as types,
    '{{ missing is none }}' as missing_is_none,
    '{{ there.type if there else "" }}' as relation_type,
    '{{ adapter.quote("a b") }}' as quoted,
    '{{ adapter.type() }}' as adapter_type,
    '{{ upstream.identifier }} {{ upstream.include(database=false) }}' as parts,
    '{{ api.Relation.create(schema="s", identifier="t") }}' as made,
    '{{ api.Column("n", "varchar", 5).string_type(7) }}' as column_type
