{{ config(materialized='external', location="out/{{ target.name }}_named.parquet", options={'codec': 'zstd', 'row_group_size': 5000}) }}
select * from {{ ref('as_csv') }}
