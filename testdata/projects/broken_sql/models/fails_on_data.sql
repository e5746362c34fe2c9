{{ config(materialized='table') }}
select cast(name as integer) as n from {{ ref('good') }}
