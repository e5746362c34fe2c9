{{ config(materialized='external', location='out/packed.CSV.GZ', csv_read_options={'all_varchar': true}) }}
select n, label from {{ ref('numbers') }}
