{{ config(materialized='external', options={'partition_by': 'kind', 'overwrite': true}, parquet_read_options={'hive_partitioning': true}) }}
select * from {{ ref('numbers') }}
