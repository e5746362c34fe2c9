{#- Not even by --full-refresh. -#}
{{ config(full_refresh=false, incremental_strategy='append') }}
select id, batch from {{ ref('current') }}
