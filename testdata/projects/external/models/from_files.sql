{{ config(materialized='table') }}
select 'orders' as source, id, amount from {{ source('landed', 'orders') }}
union all select 'by_identifier', id, amount from {{ source('landed', 'by_identifier') }}
union all select 'by_call', id, amount from {{ source('landed', 'by_call') }} as called
union all select 'by_tree', id, amount from {{ source('landed', 'by_tree') }}
union all select 'oldstyle', id, amount from {{ source('in_config', 'oldstyle') }}
union all select 'template', id, amount from {{ source('in_config', 'template') }}
union all select 'by_source', id, amount from {{ source('in_config', 'orders') }}
