{{ config(full_refresh=true, incremental_strategy='append') }}
select id, {{ is_incremental() }} as came_later from {{ ref('current') }}
