{{ config(materialized='table') }}
select '{{ target.name }}' as name, '{{ target.path }}' as path, '{{ target.database }}' as in_database, '{{ target.schema }}' as in_schema,
    '{{ target.type }}' as kind, {{ target.threads }} as threads, '{{ adapter.external_root() }}' as root,
    {{ 'true' if adapter.disable_transactions() else 'false' }} as without_transactions
