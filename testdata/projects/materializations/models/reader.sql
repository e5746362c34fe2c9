{{ config(materialized='table') }}
select * from {{ ref('table_or_ephemeral') }}, {{ ref('view_on_changing_kind') }}
