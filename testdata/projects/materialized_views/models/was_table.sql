{{ config(materialized='table' if var('kinds') == 'first' else 'materialized_view', indexes=[{'columns': ['id']}]) }}
select * from {{ ref('numbers') }}
