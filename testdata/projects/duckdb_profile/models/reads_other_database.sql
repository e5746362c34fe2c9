{{ config(materialized='table', enabled=(target.name == 'only_reading')) }}
select * from {{ source('beside', 'in_other_database') }}
