{{ config(materialized='table') }}
select count(*) as n from {{ ref('on_change_fail') }}
