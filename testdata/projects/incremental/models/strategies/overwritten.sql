{#- Neither DuckDB nor PostgreSQL has it, which is told when there is something to overwrite. -#}
{{ config(incremental_strategy='insert_overwrite') }}
select id, batch from {{ ref('current') }}
