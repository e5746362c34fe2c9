{{ config(materialized='materialized_view' if var('kinds') == 'first' else 'table', indexes=[{'columns': ['id']}]) }}
select * from {{ ref('numbers') }}
