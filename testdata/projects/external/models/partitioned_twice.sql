{{ config(materialized='external', format='csv', options={'partition_by': 'kind, quarter', 'overwrite': 1}) }}
select * from {{ ref('numbers') }}
