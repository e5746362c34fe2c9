{{ config(materialized='table', database=none if target.name == 'in_memory' else 'beside') }}
select * from {{ ref('ordered') }}
