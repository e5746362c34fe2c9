{{ config(materialized='view' if var('kinds') == 'first' else 'materialized_view') }}
select * from {{ ref('numbers') }}
