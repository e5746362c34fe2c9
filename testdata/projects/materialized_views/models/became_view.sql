{{ config(materialized='materialized_view' if var('kinds') == 'first' else 'view') }}
select * from {{ ref('numbers') }}
